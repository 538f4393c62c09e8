// What does a parallel loop over many floats cost that nobody steals from, over the plain loop?
//
// In turns, in one process, on the same memory: it is a small difference that is asked for.
#include "heddle/parallel_for.h"

#include <vector>

#include "support/alternate.h"
#include "support/arguments.h"
#include "support/pool.h"

using heddle::KernelContext;

// One iteration of both loops.
static void step(float& value) {
  value = value * 0.5f + 1.0f;
}

[[gnu::noinline, gnu::aligned(64)]] static void run_plain(std::vector<float>& values) {
  for (float& value : values) step(value);
}

[[gnu::noinline, gnu::aligned(64)]] static void run_parallel(KernelContext t,
                                                             std::vector<float>& values) {
  heddle::parallel_for(t, std::size_t(0), values.size(), [&](std::size_t i) { step(values[i]); });
}

int main(int argc, char** argv) {
  bench::Arguments const arguments = bench::parse_arguments(argc, argv);
  std::vector<float> values(std::size_t(arguments.size_or(100'000'000, 1'000'000)), 1.0f);
  bench::plain_pool(1, [&](KernelContext t) {
    auto const taken = bench::alternate(9, 1,
                                        {[&](long) { run_plain(values); },
                                         [&](long) { run_parallel(t, values); }});
    bench::Report("Heddle").add("plain", taken[0]).add("parallel", taken[1]).print();
  });
  for (float value : values) bench::require(value > 1.99f && value <= 2.0f, "loop");
}
