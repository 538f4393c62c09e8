// How long does a loop of a thousand tiny iterations take?
#include "heddle/parallel_for.h"

#include "problems/loops.h"
#include "support/pool.h"
#include "support/program.h"

using bench::TinyLoops;

int main(int argc, char** argv) {
  return bench::solve_problem<TinyLoops>(
      argc, argv, bench::kHeddle, bench::plain_pool, [](heddle::KernelContext t, TinyLoops& tiny) {
        for (long loop = 0; loop < tiny.loops; ++loop) {
          heddle::parallel_for(t, std::size_t(0), TinyLoops::kIterations,
                               [&](std::size_t i) { tiny.step(i); });
        }
        return true;
      });
}
