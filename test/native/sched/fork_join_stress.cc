// Stress: however owner and thieves interleave, every child runs once and its result arrives.
//
// Random trees: a seed decides the shape, the length of the leaves, who suspends between fork and
// join, and how many children are forked before the first join. Each shape runs on 1, 2, 3 and 8
// workers and with task stacks of 1 to 4 tasks, where nearly every fork overflows, and 4096. The
// result is compared with that of the same tree walked by plain calls. Replays with --seed N.

#include <cstdint>
#include <cstdio>

#include "base/random.h"
#include "sched/harness.h"
#include "support/stress.h"

using namespace heddle;

namespace {

Atomic<std::uint64_t> yields{0};

void yield() {
  yields.fetch_add(1, relaxed);
  test::yield_fiber();
}

std::uint64_t mix(std::uint64_t x) {
  x ^= x >> 31;
  x *= 0x9e3779b97f4a7c15u;
  return x ^ x >> 29;
}

constexpr std::uint32_t kDepth = 12;

// What a node of the tree does, all of it from its own number: the same on every walk.
struct Node {
  std::uint64_t id;
  std::uint32_t depth;

  std::uint32_t bits(int at) const { return std::uint32_t(mix(id) >> at & 0xff); }

  // Unbalanced: most nodes have few children, some have many.
  std::uint32_t children() const {
    if (depth == 0) return 0;
    if (depth == kDepth) return 9;
    std::uint32_t const b = bits(0);
    if (b < 60) return 0;
    if (b < 120) return 1;
    if (b < 225) return 2;
    if (b < 250) return 3;
    return 9;
  }
  Node child(std::uint32_t i) const { return {mix(id + 0x1234567 * (i + 1)), depth - 1}; }

  void work() const {
    std::uint32_t const b = bits(8);
    if (b < 200) return;
    test::spin_for(b < 252 ? 200 : 20'000);
  }
  // Now and then: between the forks and the joins, before the forks, after the joins.
  bool suspends(int where) const { return bits(16 + 8 * where) < 2; }
};

std::uint64_t value_of(Node node, std::uint64_t sum) {
  return mix(node.id + 3 * sum);
}

std::uint64_t walk_serially(Node node) {
  std::uint64_t sum = 0;
  for (std::uint32_t i = 0; i < node.children(); ++i) sum += walk_serially(node.child(i));
  return value_of(node, sum);
}

std::uint64_t walk(Node node);

struct Child {
  Node node;
  std::uint64_t operator()() const { return walk(node); }
};

std::uint64_t walk(Node node) {
  if (node.suspends(0)) yield();
  std::uint32_t const children = node.children();
  for (std::uint32_t i = 1; i < children; ++i) fork(Child{node.child(i)});
  node.work();
  if (node.suspends(1)) yield();
  std::uint64_t sum = children > 0 ? walk(node.child(0)) : 0;
  for (std::uint32_t i = 1; i < children; ++i) sum += join<Child>();
  if (node.suspends(2)) yield();
  return value_of(node, sum);
}

std::uint64_t fib(std::uint64_t n) {
  if (n < 2) return n;
  auto const left = [n] { return fib(n - 1); };
  fork(left);
  std::uint64_t const right = fib(n - 2);
  return join<decltype(left)>() + right;
}

void stress(test::Stress const& stress) {
  std::uint64_t steals = 0, joins = 0, parks = 0;
  Random random(stress.seed);
  for (std::uint32_t threads : {1u, 2u, 3u, 8u}) {
    for (std::uint32_t capacity : {1u, 2u, 3u, 4u, 4096u}) {
      test::Started scheduler({.threads = threads, .task_capacity = capacity});
      yields.store(0, relaxed);
      std::uint64_t const rounds = stress.scaled(12);
      for (std::uint64_t round = 0; round < rounds; ++round) {
        Node const root{std::uint64_t{random.next()} << 32 | random.next(), kDepth};
        std::uint64_t result = 0, fibs = 0;
        run(*scheduler, [&] {
          result = walk(root);
          fibs = fib(16);
        });
        CHECK(result == walk_serially(root));
        CHECK(fibs == 987);
        stress.progress();
      }
      WorkerStats const stats = scheduler.total();
      CHECK(stats.suspensions >= yields.load(relaxed));
      if (threads == 1) continue;
      steals += stats.steals;
      joins += stats.suspensions - yields.load(relaxed);
      parks += stats.parks;
    }
  }
  std::printf("%llu steals, %llu joins that waited, %llu parks\n", (unsigned long long)steals,
              (unsigned long long)joins, (unsigned long long)parks);
  std::fflush(stdout);
  CHECK(steals > 10 && joins > 0 && parks > 10);  // Else this run tested nothing.
}

}  // namespace

int main(int argc, char** argv) {
  return test::run_seeds(argc, argv, 5, stress);
}
