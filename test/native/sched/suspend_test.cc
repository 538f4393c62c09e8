// Unit: while a fiber waits its children run, and it goes on when it is resumed.
//
// Each case ends only when the thing that it is named for happens; a watchdog ends it otherwise.

#include "sched/suspend.h"

#include <vector>

#include "sched/harness.h"
#include "support/process.h"
#include "support/watchdog.h"

using namespace heddle;

namespace {

test::Watchdog* watchdog = nullptr;

// C6. The child opens the gate that its parent waits at, before the parent joins it: with one
// worker, with several, and with as many fibers as that takes at least.
void a_child_runs_while_its_parent_is_suspended() {
  for (std::uint32_t threads : {1u, 2u, 8u}) {
    test::Started scheduler({.threads = threads, .fibers_max = 2 * threads});
    for (int i = 0; i < 100; ++i) {
      bool ran = false;
      run(*scheduler, [&] {
        test::Gate gate;
        auto const child = [&] {
          ran = true;
          gate.open();
        };
        fork(child);
        gate.wait();
        CHECK(ran);  // And it is not joined yet.
        join<decltype(child)>();
      });
      watchdog->progress();
    }
    CHECK(scheduler.total().suspensions >= 100 && scheduler.total().steals >= 100);
  }
}

// All of them, in whatever order they are needed, also those that were private.
void all_children_run_while_their_parent_is_suspended() {
  constexpr std::size_t kChildren = 100;
  for (std::uint32_t threads : {1u, 3u}) {
    test::Started scheduler({.threads = threads, .task_capacity = 128});
    std::uint64_t sum = 0;
    run(*scheduler, [&] {
      test::Gate gates[kChildren];
      struct Child {
        test::Gate* gate;
        std::uint64_t i;
        std::uint64_t operator()() const {
          gate->open();
          return i;
        }
      };
      for (std::size_t i = 0; i < kChildren; ++i) fork(Child{&gates[i], i});
      for (std::size_t i = 0; i < kChildren; ++i) gates[i * 37 % kChildren].wait();
      for (std::size_t i = 0; i < kChildren; ++i) sum += join<Child>();
    });
    CHECK(sum == kChildren * (kChildren - 1) / 2);
    watchdog->progress();
  }
}

// The deque is full, so the second child runs at once; but first it sees to it that the first,
// which it has just shared, runs elsewhere.
void an_overflowing_child_does_not_keep_the_others_waiting() {
  test::Started scheduler({.threads = 2, .task_capacity = 1});
  for (int i = 0; i < 20; ++i) {
    run(*scheduler, [&] {
      // The other worker is busy at first, so that nobody asks for the first child.
      Atomic<bool> is_busy{false}, may_end{false};
      std::thread([&] {
        scheduler->submit(test::plain_job([&] {
          is_busy.store(true, release);
          test::wait_until([&] { return may_end.load(acquire); });
        }));
      }).join();
      test::wait_until([&] { return is_busy.load(acquire); });
      Atomic<bool> ran{false};
      auto const first = [&ran] { ran.store(true, release); };
      auto const second = [&ran] { test::wait_until([&] { return ran.load(acquire); }); };
      fork(first);
      may_end.store(true, release);
      test::wait_until_idle(*scheduler);
      fork(second);
      join<decltype(second)>();
      join<decltype(first)>();
    });
    watchdog->progress();
  }
}

// Each has forked a child that was run long ago: none of that may be looked at again and again.
void thousands_of_parents_may_be_suspended() {
  std::size_t const parents = test::kSanitized ? 200 : 5000;
  test::Started scheduler({.threads = 2, .task_capacity = 16});
  std::vector<test::Gate> gates(parents);
  Atomic<std::size_t> children{0}, done{0};
  for (test::Gate& gate : gates) {
    scheduler->submit(test::root_job([&] {
      auto const child = [&children] { children.fetch_add(1, relaxed); };
      fork(child);
      gate.wait();
      join<decltype(child)>();
      done.fetch_add(1, relaxed);
    }));
  }
  test::wait_until([&] { return children.load(relaxed) == parents; });
  for (test::Gate& gate : gates) test::wait_until([&] { return gate.is_waited_for(); });
  CHECK(scheduler.total().fibers == parents);
  Queue<Fiber> batch;
  for (test::Gate& gate : gates) batch.push_back(*gate.open_later());
  resume_all(batch);
  test::wait_until([&] { return done.load(relaxed) == parents; });
}

void resume_all_of_none_does_nothing() {
  Queue<Fiber> none;
  resume_all(none);
  CHECK(none.empty());
}

// On each worker the fibers go on in the order in which they were queued.
void a_batch_keeps_its_order() {
  constexpr int kFibers = 50;
  test::Started scheduler({.threads = 1});
  std::vector<test::Gate> gates(kFibers);
  std::vector<int> order;
  Atomic<int> done{0};
  for (int i = 0; i < kFibers; ++i) {
    scheduler->submit(test::root_job([&, i] {
      gates[std::size_t(i)].wait();
      order.push_back(i);
      done.fetch_add(1, release);
    }));
  }
  for (auto& gate : gates) test::wait_until([&] { return gate.is_waited_for(); });
  Queue<Fiber> batch;
  for (auto& gate : gates) batch.push_back(*gate.open_later());
  resume_all(batch);
  test::wait_until([&] { return done.load(acquire) == kFibers; });
  for (int i = 0; i < kFibers; ++i) CHECK(order[std::size_t(i)] == i);
}

}  // namespace

int main() {
  test::Watchdog dog;
  watchdog = &dog;
  a_child_runs_while_its_parent_is_suspended();
  all_children_run_while_their_parent_is_suspended();
  an_overflowing_child_does_not_keep_the_others_waiting();
  thousands_of_parents_may_be_suspended();
  resume_all_of_none_does_nothing();
  a_batch_keeps_its_order();
}
