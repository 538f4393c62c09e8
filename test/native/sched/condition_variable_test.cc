// Unit: a notice wakes who waits, one or all, and each has the mutex again then.
//
// Each case ends only when the thing that it is named for happens; a watchdog ends it otherwise.

#include "heddle/sync.h"

#include <vector>

#include "sched/harness.h"
#include "support/child.h"
#include "support/watchdog.h"

using namespace heddle;

namespace {

void a_notice_to_nobody_is_forgotten() {
  ConditionVariable changed;
  changed.notify_one();
  changed.notify_all();
  test::Started scheduler({.threads = 1});
  Mutex mutex;
  bool is_ready = false;
  Atomic<bool> done{false};
  scheduler->submit(test::root_job([&] {
    MutexGuard guarded(mutex);
    changed.wait(mutex, [&] { return is_ready; });
    done.store(true, release);
  }));
  test::wait_until([&] { return scheduler.total().suspensions == 1; });
  CHECK(!done.load(acquire));
  {
    MutexGuard guarded(mutex);
    is_ready = true;
  }
  changed.notify_one();
  test::wait_until([&] { return done.load(acquire); });
}

void nobody_waits_for_what_is_true() {
  Mutex mutex;
  ConditionVariable changed;
  MutexGuard guarded(mutex);
  changed.wait(mutex, [] { return true; });
  CHECK(!mutex.try_lock());
}

// On one worker, so that the order of what they do afterwards is theirs as well.
void one_notice_wakes_who_has_waited_longest() {
  constexpr int kFibers = 10;
  test::Started scheduler({.threads = 1});
  Mutex mutex;
  ConditionVariable changed;
  std::vector<int> order;
  Atomic<int> done{0};
  for (int i = 0; i < kFibers; ++i) {
    scheduler->submit(test::root_job([&, i] {
      MutexGuard guarded(mutex);
      changed.wait(mutex);
      order.push_back(i);
      done.fetch_add(1, release);
    }));
    test::wait_until([&] { return scheduler.total().suspensions == std::uint64_t(i) + 1; });
    run(*scheduler, [] {});  // Its worker has come back from enlisting it.
  }
  for (int i = 0; i < kFibers / 2; ++i) {
    changed.notify_one();
    test::wait_until([&] { return done.load(acquire) == i + 1; });
  }
  changed.notify_all();
  test::wait_until([&] { return done.load(acquire) == kFibers; });
  for (int i = 0; i < kFibers; ++i) CHECK(order[std::size_t(i)] == i);
}

void threads_and_fibers_are_notified() {
  test::Started scheduler({.threads = 2});
  Mutex mutex;
  ConditionVariable changed;
  int turn = 0;
  constexpr int kTurns = 1000;
  auto const take_turns = [&](int parity) {
    MutexGuard guarded(mutex);
    while (turn < kTurns) {
      changed.wait(mutex, [&] { return turn % 2 == parity || turn >= kTurns; });
      ++turn;
      changed.notify_all();
    }
  };
  Atomic<bool> done{false};
  scheduler->submit(test::root_job([&] {
    take_turns(0);
    done.store(true, release);
  }));
  take_turns(1);
  test::wait_until([&] { return done.load(acquire); });
}

// C6. What is waited for is done by what the waiting fiber has forked.
void children_run_while_their_parent_waits() {
  for (std::uint32_t threads : {1u, 2u}) {
    test::Started scheduler({.threads = threads});
    for (int i = 0; i < 100; ++i) {
      run(*scheduler, [&] {
        Mutex mutex;
        ConditionVariable changed;
        bool is_ready = false;
        auto const child = [&] {
          MutexGuard guarded(mutex);
          is_ready = true;
          changed.notify_all();
        };
        fork(child);
        {
          MutexGuard guarded(mutex);
          changed.wait(mutex, [&] { return is_ready; });
        }
        join<decltype(child)>();
      });
    }
  }
}

void who_waits_holds_the_mutex() {
  test::Ending const ending = test::in_child([] {
    Mutex mutex;
    ConditionVariable changed;
    changed.wait(mutex);
  });
  CHECK_ENDING(ending, ending.is_killed_by(SIGABRT) && ending.says("nobody holds"));
}

void a_plain_job_must_not_wait() {
  test::Ending const ending = test::in_child([] {
    Mutex mutex;
    ConditionVariable changed;
    test::Started scheduler({.threads = 1});
    scheduler->submit(test::plain_job([&] {
      CHECK(mutex.try_lock());
      changed.wait(mutex);
    }));
    test::wait_until([] { return false; });
  });
  CHECK_ENDING(ending, ending.is_killed_by(SIGABRT) && ending.says("may_wait()"));
}

}  // namespace

int main() {
  who_waits_holds_the_mutex();  // Before there are threads.
  a_plain_job_must_not_wait();
  test::Watchdog dog;
  a_notice_to_nobody_is_forgotten();
  nobody_waits_for_what_is_true();
  one_notice_wakes_who_has_waited_longest();
  threads_and_fibers_are_notified();
  children_run_while_their_parent_waits();
}
