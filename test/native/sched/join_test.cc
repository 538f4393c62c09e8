// What a join does when a thief has the child: it runs what the thief has forked, and nothing else,
// or lets other fibers run.

#include <cstdint>

#include "sched/harness.h"

using namespace heddle;
using namespace heddle::test;

namespace {

std::uint64_t work(std::uint64_t units) {
  std::uint64_t x = units;
  for (std::uint64_t i = 0; i < units; ++i) x = x * 6364136223846793005u + 1;
  return x;
}

// A tree whose nodes check that whatever waits below them on their stack waits for their ancestor.
struct Node {
  Node const* parent;
  int depth;
  std::uint32_t seed;
};

constexpr int kDepth = 13;

// What waits on each fiber's stack: the nodes whose joins are in progress.
constexpr std::size_t kFibersMax = 4096;
struct Waiting {
  Node const* node;
  Waiting* below;
};
Waiting* waiting[kFibersMax];

bool is_ancestor(Node const& ancestor, Node const& of) {
  for (Node const* node = &of; node != nullptr; node = node->parent) {
    if (node == &ancestor) return true;
  }
  return false;
}

Atomic<std::uint64_t> strangers{0};
Atomic<std::uint64_t> nested{0};

std::uint64_t tree(KernelContext t, Node const* node) {
  std::uint32_t const fiber = Fiber::running()->id();
  CHECK(fiber < kFibersMax);
  if (Waiting* below = waiting[fiber]) {
    if (!is_ancestor(*below->node, *node)) strangers.fetch_add(1, relaxed);
    nested.fetch_add(1, relaxed);
  }
  if (node->depth == 0) return work(50 + node->seed % 2000) != 0 ? 1 : 0;
  Node const left{node, node->depth - 1, node->seed * 747796405u + 1};
  Node const right{node, node->depth - 1, node->seed * 2891336453u + 3};
  t.fork<tree>(&left);
  if (node->seed % 64 == 0) spin_for(20'000);  // A leaf, during which the child can be had.
  std::uint64_t const b = tree(t, &right);
  Waiting here{node, waiting[fiber]};
  waiting[fiber] = &here;
  std::uint64_t const a = t.join<tree>();
  waiting[fiber] = here.below;
  return a + b;
}

// One to three trees at once, so that there are thieves, and strangers to be had at a join.
void only_descendants_run_on_a_waiting_stack() {
  for (std::uint32_t const threads : {2u, 4u}) {
    Started scheduler({.threads = threads});
    WorkerStats stats{};  // Of all rounds up to now.
    for (std::uint32_t round = 0; round < 300; ++round) {
      int const others = int(round % 3);
      Atomic<int> left{others};
      Atomic<std::uint64_t> leaves{0};
      auto const plant = [&, round](KernelContext t, int root) {
        Node const top{nullptr, kDepth, round * 4 + std::uint32_t(root)};
        leaves.fetch_add(tree(t, &top), relaxed);
      };
      for (int root = 1; root <= others; ++root) {
        scheduler->submit(root_job([&, root] {
          plant(KernelContext::current(), root);
          // Release pairs with the wait below.
          left.fetch_sub(1, release);
        }));
      }
      run(*scheduler, [&](KernelContext t) { plant(t, 0); });
      wait_until([&] { return left.load(acquire) == 0; });
      CHECK(leaves.load(relaxed) == std::uint64_t(others + 1) << kDepth);
      stats = scheduler.total();
      if (stats.leapfrogs > 100 && round > 30) break;
    }
    CHECK(strangers.load(relaxed) == 0);
    CHECK(stats.leapfrogs > 0);  // Else this has tested nothing.
  }
  CHECK(nested.load(relaxed) > 0);
}

void spin_child(KernelContext, Atomic<bool>* begun, Atomic<bool> const* end) {
  begun->store(true, relaxed);
  while (!end->load(relaxed)) cpu_relax();
}

void run_flag(KernelContext, Atomic<int>* flag) {
  flag->store(1, relaxed);
}

void fork_and_wait_for_it(KernelContext t, Atomic<int>* begun, Atomic<int>* flag) {
  begun->store(1, relaxed);
  t.fork<run_flag>(flag);
  while (flag->load(relaxed) == 0) cpu_relax();
  t.join<run_flag>();
}

// The thief is in a leaf and has a child: the join takes it, and runs it where it waits.
void a_join_runs_what_its_thief_has_forked() {
  Started scheduler({.threads = 2});
  for (int round = 0; round < 100; ++round) {
    Atomic<int> begun{0};
    Atomic<int> flag{0};
    run(*scheduler, [&](KernelContext t) {
      t.fork<fork_and_wait_for_it>(&begun, &flag);
      while (begun.load(relaxed) == 0) cpu_relax();
      t.join<fork_and_wait_for_it>();
    });
  }
  CHECK(scheduler.total().leapfrogs > 0);
}

// A stolen child that takes long keeps its parent's worker from nothing.
void a_join_of_a_long_child_lets_others_run() {
  Started scheduler({.threads = 2});
  Atomic<bool> begun{false};
  Atomic<bool> end{false};
  run(*scheduler, [&](KernelContext t) {
    t.fork<spin_child>(&begun, &end);
    while (!begun.load(relaxed)) {  // Until it is stolen; forks answer the thief.
      Atomic<bool> done{true};
      t.fork<spin_child>(&done, &done);
      t.join<spin_child>();
    }
    // Only this worker can run it, while the join waits.
    scheduler->submit(root_job([&] { end.store(true, relaxed); }));
    t.join<spin_child>();
  });
  CHECK(scheduler.total().suspensions > 0);
}

void count_child(KernelContext, Atomic<int>* count) {
  spin_for(200'000);
  count->fetch_add(1, relaxed);
}

// Tasks that were forked before a thief came are shared by the thief itself.
void no_task_waits_behind_a_leaf() {
  Started scheduler({.threads = 2});
  Atomic<int> count{0};
  run(*scheduler, [&](KernelContext t) {
    for (int i = 0; i < 20; ++i) t.fork<count_child>(&count);
    while (count.load(relaxed) < 20) cpu_relax();  // A leaf that neither forks nor joins.
    for (int i = 0; i < 20; ++i) t.join<count_child>();
  });
  WorkerStats const stats = scheduler.total();
  CHECK(stats.steals == 20);
  CHECK(stats.helps > 0);
}

std::uint64_t fib(KernelContext t, std::uint32_t n) {
  if (n < 2) return n;
  t.fork<fib>(n - 1);
  std::uint64_t const b = fib(t, n - 2);
  return t.join<fib>() + b;
}

// The mode for systems without a membarrier: owners keep something shared.
void owners_share_where_thieves_cannot_help() {
  Started scheduler({.threads = 2, .helping = Helping::ByOwner});
  for (int round = 0; round < 50; ++round) {
    CHECK(run(*scheduler, [](KernelContext t) { return fib(t, 22); }) == 17711);
  }
  Atomic<int> count{0};
  run(*scheduler, [&](KernelContext t) {
    for (int i = 0; i < 4; ++i) t.fork<count_child>(&count);
    while (count.load(relaxed) == 0) cpu_relax();  // At least one can be had.
    for (int i = 0; i < 4; ++i) t.join<count_child>();
  });
  WorkerStats const stats = scheduler.total();
  CHECK(stats.steals > 0);
  CHECK(stats.helps == 0);
}

struct Wide {
  std::uint64_t values[5];
};
Wide reversed_wide(KernelContext, Wide wide) {
  for (int i = 0; i < 2; ++i) std::swap(wide.values[i], wide.values[4 - i]);
  return wide;
}
double mixed(KernelContext, char a, double b, float c, std::int16_t d, void* e) {
  return a + b + double(c) + d + (e != nullptr ? 1 : 0);
}

void arguments_and_results_may_fill_a_record() {
  Started scheduler({.threads = 2});
  run(*scheduler, [](KernelContext t) {
    for (int i = 0; i < 10'000; ++i) {
      t.fork<reversed_wide>(Wide{{1, 2, 3, 4, 5}});
      t.fork<mixed>(char(1), 2.5, 3.0f, std::int16_t(4), &t);
      CHECK(t.join<mixed>() == 11.5);
      CHECK(t.join<reversed_wide>().values[0] == 5);
    }
  });
}

}  // namespace

int main() {
  arguments_and_results_may_fill_a_record();
  a_join_runs_what_its_thief_has_forked();
  only_descendants_run_on_a_waiting_stack();
  a_join_of_a_long_child_lets_others_run();
  no_task_waits_behind_a_leaf();
  owners_share_where_thieves_cannot_help();
  std::puts("ok");
}
