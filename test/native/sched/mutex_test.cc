// Unit: a mutex suspends fibers and blocks threads, in order, and leaves workers free.
//
// Each case ends only when the thing that it is named for happens; a watchdog ends it otherwise.

#include "sched/mutex.h"

#include <mutex>
#include <vector>

#include "sched/harness.h"
#include "support/child.h"
#include "support/watchdog.h"

using namespace heddle;

namespace {

test::Watchdog* watchdog = nullptr;

constinit Mutex global;

void a_free_mutex_can_be_taken_once() {
  Mutex mutex;
  CHECK(mutex.try_lock());
  CHECK(!mutex.try_lock());
  mutex.unlock();
  CHECK(mutex.try_lock());
  mutex.unlock();
}

void guards_hold_for_their_block() {
  {
    MutexGuard guarded(global);
    CHECK(!global.try_lock());
  }
  {
    std::unique_lock guarded(global, std::try_to_lock);  // It is a standard Lockable.
    CHECK(guarded.owns_lock());
  }
  CHECK(global.try_lock());
  global.unlock();
}

// With one worker: whoever blocked the thread would block the holder.
void a_holder_may_suspend() {
  test::Started scheduler({.threads = 1});
  Mutex mutex;
  test::Gate gate;
  int order = 0;
  Atomic<int> done{0};
  scheduler->submit(test::root_job([&] {
    {
      MutexGuard guarded(mutex);
      gate.wait();
      CHECK(order++ == 0);
    }
    done.fetch_add(1, release);
  }));
  test::wait_until([&] { return gate.is_waited_for(); });
  scheduler->submit(test::root_job([&] {
    {
      MutexGuard guarded(mutex);
      CHECK(order++ == 1);
    }
    done.fetch_add(1, release);
  }));
  test::wait_until([&] { return scheduler.total().suspensions == 2; });
  // The worker is free for others.
  run(*scheduler, [] {});
  CHECK(order == 0);
  gate.open();
  test::wait_until([&] { return done.load(acquire) == 2; });
}

// Also one that another worker runs, and that ends only when somebody else has come to wait.
void a_holder_may_join_a_child() {
  for (std::uint32_t threads : {1u, 2u, 4u}) {
    test::Started scheduler({.threads = threads});
    Mutex mutex;
    Atomic<int> done{0};
    test::Gate gate;
    scheduler->submit(test::root_job([&] {
      {
        MutexGuard guarded(mutex);
        auto const child = [&] { gate.wait(); };
        fork(child);
        join<decltype(child)>();
      }
      done.fetch_add(1, release);
    }));
    test::wait_until([&] { return gate.is_waited_for(); });
    std::uint64_t const before = scheduler.total().suspensions;
    scheduler->submit(test::root_job([&] {
      MutexGuard guarded(mutex);
      CHECK(done.fetch_add(1, release) >= 0);
    }));
    test::wait_until([&] { return scheduler.total().suspensions > before; });
    CHECK(done.load(acquire) == 0);
    gate.open();
    test::wait_until([&] { return done.load(acquire) == 2; });
    watchdog->progress();
  }
}

// C6. The mutex is released by what the waiting fiber has forked.
void children_run_while_their_parent_waits() {
  for (std::uint32_t threads : {1u, 2u}) {
    test::Started scheduler({.threads = threads});
    for (int i = 0; i < 100; ++i) {
      Mutex mutex;
      mutex.lock();
      run(*scheduler, [&] {
        auto const child = [&] { mutex.unlock(); };
        fork(child);
        mutex.lock();
        join<decltype(child)>();
        mutex.unlock();
      });
    }
    watchdog->progress();
  }
}

void who_comes_first_gets_it_first() {
  constexpr int kFibers = 20;
  test::Started scheduler({.threads = 1});
  Mutex mutex;
  std::vector<int> order;
  Atomic<int> done{0};
  mutex.lock();
  for (int i = 0; i < kFibers; ++i) {
    scheduler->submit(test::root_job([&, i] {
      MutexGuard guarded(mutex);
      order.push_back(i);
      done.fetch_add(1, release);
    }));
    test::wait_until([&] { return scheduler.total().suspensions == std::uint64_t(i) + 1; });
    run(*scheduler, [] {});  // Its worker has come back from enlisting it.
  }
  mutex.unlock();
  test::wait_until([&] { return done.load(acquire) == kFibers; });
  for (int i = 0; i < kFibers; ++i) CHECK(order[std::size_t(i)] == i);
}

// K5. One takes the mutex again and again and suspends with it each time, so that the others
// always find it held.
void nobody_starves() {
  constexpr int kOthers = 5;
  test::Started scheduler({.threads = 1});
  Mutex mutex;
  int waiting = 0, rounds = 0, rounds_of_first = 0;
  std::vector<int> order;
  Atomic<int> done{0};
  scheduler->submit(test::root_job([&] {
    while (order.size() < kOthers) {
      MutexGuard guarded(mutex);
      yield();
      while (waiting < kOthers) yield();
      ++rounds;
    }
    // In the first one waits, in the second it loses, and then is handed the mutex.
    CHECK(rounds <= 2 * kOthers + 1);
    done.fetch_add(1, release);
  }));
  for (int i = 0; i < kOthers; ++i) {
    scheduler->submit(test::root_job([&] {
      int const place = waiting++;
      {
        MutexGuard guarded(mutex);
        if (order.empty()) rounds_of_first = rounds;
        order.push_back(place);
      }
      done.fetch_add(1, release);
    }));
  }
  test::wait_until([&] { return done.load(acquire) == kOthers + 1; });
  for (int i = 0; i < kOthers; ++i) CHECK(order[std::size_t(i)] == i);
  CHECK(rounds_of_first == 2);  // K3: when it had lost, it was at the front again.
}

// K3. Their worker is busy while the mutex is let go of and taken again, many times.
void one_waiter_at_a_time_is_on_its_way() {
  constexpr int kFibers = 10;
  test::Started scheduler({.threads = 1});
  Mutex mutex;
  Atomic<int> done{0};
  mutex.lock();
  for (int i = 0; i < kFibers; ++i) {
    scheduler->submit(test::root_job([&] {
      mutex.lock();
      mutex.unlock();
      done.fetch_add(1, release);
    }));
  }
  test::wait_until([&] { return scheduler.total().suspensions == kFibers; });
  Atomic<bool> is_busy{false}, may_end{false};
  scheduler->submit(test::plain_job([&] {
    is_busy.store(true, release);
    test::wait_until([&] { return may_end.load(acquire); });
  }));
  test::wait_until([&] { return is_busy.load(acquire); });
  for (int i = 0; i < 3 * kFibers; ++i) {
    mutex.unlock();
    CHECK(mutex.try_lock());
  }
  may_end.store(true, release);
  test::wait_until([&] { return scheduler.total().suspensions > kFibers; });
  run(*scheduler, [] {});  // It has seen to all that were woken.
  CHECK(scheduler.total().suspensions == kFibers + 1);
  mutex.unlock();
  test::wait_until([&] { return done.load(acquire) == kFibers; });
}

void threads_and_fibers_wait_for_each_other() {
  test::Started scheduler({.threads = 1});
  Mutex mutex;
  int value = 0;
  mutex.lock();
  Atomic<bool> done{false};
  test::Gate gate;
  scheduler->submit(test::root_job([&] {
    mutex.lock();
    CHECK(value == 1);
    gate.wait();
    value = 2;
    mutex.unlock();
    done.store(true, release);
  }));
  test::wait_until([&] { return scheduler.total().suspensions == 1; });
  value = 1;
  mutex.unlock();
  test::wait_until([&] { return gate.is_waited_for(); });
  std::thread opener([&] { gate.open(); });
  mutex.lock();  // Sleeps, or comes late: both are fine.
  CHECK(value == 2);
  mutex.unlock();
  opener.join();
  test::wait_until([&] { return done.load(acquire); });
}

void a_plain_job_may_try_and_unlock() {
  test::Started scheduler({.threads = 1});
  Mutex mutex;
  mutex.lock();
  Atomic<bool> done{false};
  scheduler->submit(test::plain_job([&] {
    CHECK(!mutex.try_lock());
    mutex.unlock();  // For the holder, who waits for that.
    CHECK(mutex.try_lock());
    done.store(true, release);
  }));
  test::wait_until([&] { return done.load(acquire); });
  mutex.unlock();
}

void a_plain_job_must_not_wait() {
  test::Ending const ending = test::in_child([] {
    Mutex mutex;
    mutex.lock();
    test::Started scheduler({.threads = 1});
    scheduler->submit(test::plain_job([&] { mutex.lock(); }));
    test::wait_until([] { return false; });
  });
  CHECK_ENDING(ending, ending.is_killed_by(SIGABRT) && ending.says("may_wait()"));
}

void nobody_unlocks_what_is_free() {
  test::Ending const ending = test::in_child([] {
    Mutex mutex;
    mutex.unlock();
  });
  CHECK_ENDING(ending, ending.is_killed_by(SIGABRT) && ending.says("nobody holds"));
}

}  // namespace

int main() {
  a_plain_job_must_not_wait();  // Before there are threads.
  nobody_unlocks_what_is_free();
  test::Watchdog dog;
  watchdog = &dog;
  a_free_mutex_can_be_taken_once();
  guards_hold_for_their_block();
  a_holder_may_suspend();
  a_holder_may_join_a_child();
  children_run_while_their_parent_waits();
  who_comes_first_gets_it_first();
  nobody_starves();
  one_waiter_at_a_time_is_on_its_way();
  threads_and_fibers_wait_for_each_other();
  a_plain_job_may_try_and_unlock();
}
