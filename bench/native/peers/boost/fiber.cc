// What does it cost to make, run and free a fiber of Boost.Fiber? With its pooled stacks.
//
// Launched by dispatch: it runs at once. By post, through the ready queue, it takes as long again.
#include <boost/fiber/fiber.hpp>
#include <boost/fiber/pooled_fixedsize_stack.hpp>

#include "support/alternate.h"
#include "support/arguments.h"

using namespace bench;
namespace fibers = boost::fibers;

static long ran = 0;

static void make_fibers(fibers::launch launch, fibers::pooled_fixedsize_stack& stacks, long count) {
  for (long i = 0; i < count; ++i) {
    fibers::fiber(launch, std::allocator_arg, stacks, [] { ++ran; }).join();
  }
}

int main(int argc, char** argv) {
  Arguments const arguments = parse_arguments(argc, argv);
  long const count = arguments.size_or(100'000, 100);
  fibers::pooled_fixedsize_stack stacks(64 * 1024);
  auto const side = [&](fibers::launch launch) {
    return [&stacks, launch](long fibers) { make_fibers(launch, stacks, fibers); };
  };
  auto const taken = alternate(9, count,
                               {side(fibers::launch::dispatch), side(fibers::launch::post)});
  require(ran == 20 * count, "fibers");
  Report("Boost.Fiber").add("fiber", taken[0]).add("posted", taken[1]).print();
}
