// Stress: loops, reductions and branches inside one another give the plain result under stealing.
//
// A seed decides sizes, where the heavy indices are, which of them suspend, and what is inside
// what. Sums are of doubles that do not commute to the bit, and are compared to the bit with those
// of one worker. Each shape runs on 2, 3 and 8 workers, with task stacks of 2 and 4096 tasks.
// Replays with --seed N.

#include <bit>
#include <cstdint>
#include <cstdio>
#include <functional>
#include <memory>
#include <vector>

#include "base/random.h"
#include "heddle/harness.h"
#include "heddle/invoke.h"
#include "heddle/parallel_for.h"
#include "heddle/reduce.h"
#include "support/stress.h"

using namespace heddle;

namespace {

// What one index does, all of it from the seed: the same on every run.
struct Shape {
  std::uint64_t seed;

  std::uint64_t bits(std::size_t i) const { return test::mix(seed + i); }
  double value(std::size_t i) const { return 1.0 / double(bits(i) % 1000 + 1); }

  void work(std::size_t i) const {
    std::uint64_t const b = bits(i) % 4096;
    if (b == 0) test::spin_for(50'000);
    if (b == 1) test::yield_fiber();
  }
  std::size_t size(std::size_t i, std::size_t max) const { return bits(~i) % max; }
};

double plain_sum(KernelContext t, Shape shape, std::size_t n) {
  auto const map = [&](std::size_t i) {
    shape.work(i);
    return shape.value(i);
  };
  return reduce(t, 0, n, 0.0, map, std::plus<>{});
}

// A reduction of branches of loops and reductions.
double nested_sum(KernelContext t, Shape shape, std::size_t n) {
  auto const map = [&](KernelContext t, std::size_t i) {
    std::size_t const inner = shape.size(i, 2000);
    std::vector<double> values(inner);
    auto const fill = [&](KernelContext t) {
      CHECK(parallel_for(t, 0, inner, [&](std::size_t k) {
        shape.work(i * 2000 + k);
        values[k] = shape.value(i * 2000 + k);
      }));
      return reduce(
          t, 0, inner, 0.0, [&](std::size_t k) { return values[k]; }, std::plus<>{});
    };
    auto const sum = [&](KernelContext t) { return plain_sum(t, Shape{shape.seed + i}, inner); };
    auto const [a, b] = invoke(t, fill, sum);
    return a * 0.75 + b;
  };
  return reduce(t, 0, n, 0.0, map, std::plus<>{});
}

// Every cell once, in every shape of box.
void count_cells(KernelContext t, Shape shape) {
  std::size_t const w = shape.size(1, 300), h = shape.size(2, 60), d = shape.size(3, 20);
  std::unique_ptr<Atomic<std::uint8_t>[]> seen(new Atomic<std::uint8_t>[w * h * d]());
  CHECK(parallel_for(t, Range3{{0, w}, {0, h}, {0, d}},
                     [&](std::size_t x, std::size_t y, std::size_t z) {
                       std::size_t const i = (z * h + y) * w + x;
                       if (i % 64 == 0) shape.work(i);
                       seen[i].fetch_add(1, relaxed);
                     }));
  for (std::size_t i = 0; i < w * h * d; ++i) CHECK(seen[i].load(relaxed) == 1);
}

struct Sums {
  double plain, nested;

  bool operator==(Sums const& other) const {
    return std::bit_cast<std::uint64_t>(plain) == std::bit_cast<std::uint64_t>(other.plain) &&
           std::bit_cast<std::uint64_t>(nested) == std::bit_cast<std::uint64_t>(other.nested);
  }
};

Sums run_all(Scheduler& scheduler, Shape shape) {
  return run(scheduler, [&](KernelContext t) {
    count_cells(t, shape);
    return Sums{plain_sum(t, shape, 30'000), nested_sum(t, shape, 40)};
  });
}

void stress(test::Stress const& stress) {
  std::uint64_t steals = 0;
  Random random(stress.seed);
  test::Started alone({.threads = 1, .stack_bytes = test::kStackBytes});
  for (std::uint32_t threads : {2u, 3u, 8u}) {
    for (std::uint32_t capacity : {2u, 4096u}) {
      test::Started scheduler(
          {.threads = threads, .stack_bytes = test::kStackBytes, .task_capacity = capacity});
      std::uint64_t const rounds = stress.scaled(12);
      for (std::uint64_t round = 0; round < rounds; ++round) {
        Shape const shape{std::uint64_t{random.next()} << 32 | random.next()};
        CHECK(run_all(*scheduler, shape) == run_all(*alone, shape));
        stress.progress();
      }
      steals += scheduler.total().steals;
    }
  }
  std::printf("%llu steals\n", (unsigned long long)steals);
  std::fflush(stdout);
  CHECK(steals > 10);  // Else this run tested nothing.
}

}  // namespace

int main(int argc, char** argv) {
  return test::run_seeds(argc, argv, 5, stress);
}
