// Are children stolen while their parent is in a long leaf? --mode busy: the thief was busy before.
#include "problems/leaf.h"

#include "support/pool.h"
#include "support/program.h"

using bench::Leaf;
using heddle::KernelContext;

static void keep_busy(KernelContext, Leaf* leaf) {
  leaf->keep_busy();
}

static void work(KernelContext, Leaf* leaf) {
  leaf->work();
}

int main(int argc, char** argv) {
  bool const is_busy = bench::parse_arguments(argc, argv).mode == "busy";
  return bench::solve_problem<Leaf>(argc, argv, bench::kHeddle, bench::plain_pool,
                                    [&](KernelContext t, Leaf& leaf) {
                                      if (is_busy) {
                                        t.fork<keep_busy>(&leaf);
                                        leaf.await_thief();
                                      }
                                      for (int i = 0; i < Leaf::kChildren; ++i) t.fork<work>(&leaf);
                                      leaf.work_inline();
                                      for (int i = 0; i < Leaf::kChildren; ++i) t.join<work>();
                                      if (is_busy) t.join<keep_busy>();
                                      return true;
                                    });
}
