// Unit: forks and joins give what plain calls give, on 1, 2 and 8 workers.

#include "sched/fork_join.h"

#include <cstdio>

#include "heddle/scheduler.h"
#include "sched/suspend.h"

using namespace heddle;

namespace {

std::uint64_t fib(std::uint64_t n) {
  if (n < 2) return n;
  auto const left = [n] { return fib(n - 1); };
  fork(left);
  std::uint64_t const right = fib(n - 2);
  return join<decltype(left)>() + right;
}

constexpr std::uint64_t kFib25 = 75025;

template <class Body>
void with_workers(SchedulerOptions options, Body body) {
  for (std::uint32_t threads : {1u, 2u, 8u}) {
    options.threads = threads;
    auto scheduler = Scheduler::start(options);
    CHECK(scheduler.ok());
    body(*scheduler.value());
    scheduler.value()->stop();
  }
}

void a_tree_of_forks_gives_the_plain_result() {
  with_workers({}, [](Scheduler& scheduler) {
    std::uint64_t result = 0;
    run(scheduler, [&] { result = fib(25); });
    CHECK(result == kFib25);
  });
}

// One slot: nearly every fork finds the deque full, and runs its child inline.
void recursion_may_be_deeper_than_the_task_stack() {
  for (std::uint32_t capacity : {1u, 2u, 4u}) {
    with_workers({.task_capacity = capacity}, [](Scheduler& scheduler) {
      std::uint64_t result = 0;
      run(scheduler, [&] { result = fib(20); });
      CHECK(result == 6765);
    });
  }
}

void many_children_may_be_forked_before_the_first_join() {
  with_workers({.task_capacity = 16}, [](Scheduler& scheduler) {
    std::uint64_t sum = 0;
    run(scheduler, [&] {
      struct Child {
        std::uint64_t i;
        std::uint64_t operator()() const { return i; }
      };
      for (std::uint64_t i = 0; i < 1000; ++i) fork(Child{i});
      for (std::uint64_t i = 0; i < 1000; ++i) sum += join<Child>();
    });
    CHECK(sum == 499'500);
  });
}

void the_smallest_stack_is_enough_for_small_tasks() {
  with_workers({.stack_bytes = 16 * 1024}, [](Scheduler& scheduler) {
    std::uint64_t result = 0;
    run(scheduler, [&] { result = fib(12); });
    CHECK(result == 144);
  });
}

void a_child_may_return_nothing() {
  with_workers({}, [](Scheduler& scheduler) {
    int done = 0;
    run(scheduler, [&] {
      auto const child = [&done] { ++done; };
      fork(child);
      join<decltype(child)>();
    });
    CHECK(done == 1);
  });
}

void only_fibers_fork() {
  with_workers({}, [](Scheduler& scheduler) {
    CHECK(!on_fiber());
    bool inside = false;
    run(scheduler, [&] { inside = on_fiber(); });
    CHECK(inside);
  });
}

}  // namespace

int main() {
  a_tree_of_forks_gives_the_plain_result();
  recursion_may_be_deeper_than_the_task_stack();
  many_children_may_be_forked_before_the_first_join();
  the_smallest_stack_is_enough_for_small_tasks();
  a_child_may_return_nothing();
  only_fibers_fork();
}
