// Stress: sorts and scans under stealing give the standard library's results, and always the same.
//
// A seed decides sizes, inputs, the comparison's speed and what suspends in it; several sorts run
// inside one another. Each runs on 2, 3 and 8 workers. Replays with --seed N.

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <vector>

#include "base/random.h"
#include "heddle/harness.h"
#include "heddle/invoke.h"
#include "heddle/scan.h"
#include "heddle/sort.h"
#include "heddle/sort_inputs.h"
#include "support/stress.h"

using namespace heddle;

namespace {

struct Shape {
  std::uint64_t seed;
  std::size_t n;

  std::vector<std::uint64_t> input() const {
    auto const& input = test::kSortInputs[seed % std::size(test::kSortInputs)];
    return test::make_input(input, n);
  }
};

// Now and then it takes long.
bool is_less(std::uint64_t a, std::uint64_t b) {
  if (test::mix(a + b) % 8192 == 0) test::spin_for(20'000);
  return a < b;
}

void sort_all(KernelContext t, Shape shape) {
  std::vector<std::uint64_t> const in = shape.input();
  std::vector<std::uint64_t> expected = in, numbers = in, quick = in, merged = in;
  std::sort(expected.begin(), expected.end());
  invoke(
      t, [&](KernelContext t) { CHECK(sort(t, numbers.begin(), numbers.end())); },
      [&](KernelContext t) { CHECK(sort(t, quick.begin(), quick.end(), is_less)); },
      [&](KernelContext t) { CHECK(stable_sort(t, merged.begin(), merged.end(), is_less)); });
  CHECK(numbers == expected && quick == expected && merged == expected);
}

std::vector<double> scan_all(KernelContext t, Shape shape) {
  std::vector<double> in(shape.n), out(shape.n);
  for (std::size_t i = 0; i < shape.n; ++i)
    in[i] = 1.0 / double(test::mix(shape.seed + i) % 1000 + 1);
  auto const add = [](double a, double b) {
    if (a == b) test::spin_for(1000);
    return a + b;
  };
  CHECK(scan(t, in.begin(), in.end(), out.begin(), add));
  CHECK(exclusive_scan(t, out.begin(), out.end(), out.begin(), 0.0, add));
  return out;
}

void stress(test::Stress const& stress) {
  std::uint64_t steals = 0;
  Random random(stress.seed);
  test::Started alone({.threads = 1, .stack_bytes = test::kStackBytes});
  for (std::uint32_t threads : {2u, 3u, 8u}) {
    test::Started scheduler({.threads = threads, .stack_bytes = test::kStackBytes});
    std::uint64_t const rounds = stress.scaled(4);
    for (std::uint64_t round = 0; round < rounds; ++round) {
      Shape const shape{random.next(), random.below(100'000)};
      run(*scheduler, [&](KernelContext t) { sort_all(t, shape); });
      auto const scan_here = [&](KernelContext t) { return scan_all(t, shape); };
      std::vector<double> const one = run(*alone, scan_here), many = run(*scheduler, scan_here);
      CHECK(shape.n == 0 || std::memcmp(one.data(), many.data(), shape.n * sizeof(double)) == 0);
      stress.progress();
    }
    steals += scheduler.total().steals;
  }
  std::printf("%llu steals\n", (unsigned long long)steals);
  std::fflush(stdout);
  CHECK(steals > 10);  // Else this run tested nothing.
}

}  // namespace

int main(int argc, char** argv) {
  return test::run_seeds(argc, argv, 3, stress);
}
