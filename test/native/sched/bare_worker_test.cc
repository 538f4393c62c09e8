// Unit: a worker that has no fiber left does what it can, and keeps nothing from the others.
//
// Each case ends only when the thing that it is named for happens; a watchdog ends it otherwise.

#include <vector>

#include "sched/harness.h"
#include "support/watchdog.h"

using namespace heddle;

namespace {

test::Watchdog* watchdog = nullptr;

// Roots wait for a fiber and not for each other.
void roots_queue_when_there_is_one_fiber() {
  constexpr int kRoots = 200;
  test::Started scheduler({.threads = 1, .fibers_max = 1});
  Atomic<int> running{0}, done{0};
  std::vector<test::Gate> gates(kRoots);
  for (test::Gate& gate : gates) {
    scheduler->submit(test::root_job([&] {
      CHECK(running.fetch_add(1, relaxed) == 0);  // One at a time, it has only one stack.
      gate.wait();
      CHECK(running.fetch_sub(1, relaxed) == 1);
      done.fetch_add(1, relaxed);
    }));
  }
  for (int i = 0; i < kRoots; ++i) {
    test::wait_until([&] { return gates[std::size_t(i)].is_waited_for(); });
    CHECK(done.load(relaxed) == i);
    CHECK(scheduler.total().fibers <= 1);
    // Plain jobs need no fiber: they run while the only one is suspended.
    Atomic<bool> plain_ran{false};
    scheduler->submit(test::plain_job([&] { plain_ran.store(true, release); }));
    test::wait_until([&] { return plain_ran.load(acquire); });
    gates[std::size_t(i)].open();
    watchdog->progress();
  }
  test::wait_until([&] { return done.load(relaxed) == kRoots; });
}

// Puts one worker of several into the state where its only fiber is suspended, and asleep as the
// last to fall asleep, which is the first to be woken.
class WorkerWithoutFiber {
 public:
  explicit WorkerWithoutFiber(Scheduler& scheduler) {
    scheduler.submit(test::root_job([this] {
      first_gate_.wait();
      gate_.wait();
      done_.store(true, release);
    }));
    test::wait_until([this] { return first_gate_.is_waited_for(); });
    test::wait_until_idle(scheduler);
    first_gate_.open();  // Wakes this worker alone.
    test::wait_until([this] { return gate_.is_waited_for(); });
    test::wait_until_idle(scheduler);
  }
  ~WorkerWithoutFiber() {
    gate_.open();
    test::wait_until([this] { return done_.load(acquire); });
  }

 private:
  test::Gate first_gate_, gate_;
  Atomic<bool> done_{false};
};

// W3 and sleeping: what needs a fiber must not be left to a worker that has none, while another
// that has one sleeps.
void work_goes_past_a_worker_without_fibers() {
  for (int i = 0; i < 20; ++i) {
    test::Started scheduler({.threads = 2, .fibers_max = 2});
    WorkerWithoutFiber const without(*scheduler);
    run(*scheduler, [] {});
    test::wait_until_idle(*scheduler);
    // The same for a root job that a plain job makes ready.
    Atomic<bool> root_ran{false};
    scheduler->submit(test::plain_job([&]() -> Job* {
      test::spin_for(2'000'000);  // Whoever was woken beside this worker sleeps again by now.
      return &test::root_job([&] { root_ran.store(true, release); });
    }));
    test::wait_until([&] { return root_ran.load(acquire); });
    watchdog->progress();
  }
}

// The same for a forked child: its parent keeps its worker busy until the child has run.
void a_child_goes_past_a_worker_without_fibers() {
  for (int i = 0; i < 20; ++i) {
    test::Started scheduler({.threads = 3, .fibers_max = 3});
    Atomic<bool> parent_may_fork{false}, parent_runs{false};
    std::thread parent([&] {
      run(*scheduler, [&] {
        parent_runs.store(true, release);
        test::wait_until([&] { return parent_may_fork.load(acquire); });
        Atomic<bool> ran{false};
        auto const child = [&ran] { ran.store(true, release); };
        fork(child);
        test::wait_until([&] { return ran.load(acquire); });
        join<decltype(child)>();
      });
    });
    test::wait_until([&] { return parent_runs.load(acquire); });
    {
      WorkerWithoutFiber const without(*scheduler);
      parent_may_fork.store(true, release);
      parent.join();
    }
    watchdog->progress();
  }
}

// With nobody left who has a fiber, work that needs one waits, and waiting costs no time; what
// needs none runs.
void without_any_fiber_the_rest_goes_on() {
  test::Started scheduler({.threads = 2, .fibers_max = 2});
  test::Gate first, second;
  Atomic<int> done{0};
  for (test::Gate* gate : {&first, &second}) {
    scheduler->submit(test::root_job([&, gate] {
      gate->wait();
      done.fetch_add(1, relaxed);
    }));
  }
  test::wait_until([&] { return first.is_waited_for() && second.is_waited_for(); });
  for (int i = 0; i < 10; ++i)
    scheduler->submit(test::root_job([&] { done.fetch_add(1, relaxed); }));
  test::wait_until_idle(*scheduler);
  CHECK(done.load(relaxed) == 0);
  Atomic<bool> plain_ran{false};
  scheduler->submit(test::plain_job([&] { plain_ran.store(true, release); }));
  test::wait_until([&] { return plain_ran.load(acquire); });
  first.open();
  test::wait_until([&] { return done.load(relaxed) == 11; });
  second.open();
  test::wait_until([&] { return done.load(relaxed) == 12; });
}

}  // namespace

int main() {
  test::Watchdog dog;
  watchdog = &dog;
  roots_queue_when_there_is_one_fiber();
  work_goes_past_a_worker_without_fibers();
  a_child_goes_past_a_worker_without_fibers();
  without_any_fiber_the_rest_goes_on();
}
