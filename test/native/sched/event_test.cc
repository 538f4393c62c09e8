// Unit: an event is waited for until it is set, stays so until it is reset, and may go then.
//
// Each case ends only when the thing that it is named for happens; a watchdog ends it otherwise.

#include "sched/event.h"

#include <memory>
#include <vector>

#include "sched/harness.h"
#include "support/child.h"
#include "support/watchdog.h"

using namespace heddle;

namespace {

void it_stays_set_until_it_is_reset() {
  Event event;
  CHECK(!event.is_set());
  event.set();
  event.set();
  CHECK(event.is_set());
  event.wait();
  event.wait();
  event.reset();
  event.reset();
  CHECK(!event.is_set());
}

// On one worker, of which none may block the thread, and on two.
void set_wakes_all_who_wait() {
  constexpr int kFibers = 50;
  for (std::uint32_t threads : {1u, 2u}) {
    test::Started scheduler({.threads = threads});
    Event event;
    int told = 0;
    Atomic<int> done{0};
    Queue<Job> jobs;
    for (int i = 0; i < kFibers; ++i) {
      jobs.push_back(test::root_job([&] {
        event.wait();
        CHECK(told == 1);
        done.fetch_add(1, release);
      }));
    }
    scheduler->submit(std::move(jobs));
    std::thread thread([&] {
      event.wait();
      CHECK(told == 1);
      done.fetch_add(1, release);
    });
    test::wait_until([&] { return scheduler.total().suspensions == kFibers; });
    CHECK(done.load(acquire) == 0);
    told = 1;
    event.set();
    test::wait_until([&] { return done.load(acquire) == kFibers + 1; });
    thread.join();
  }
}

// V2.
void a_reset_does_not_take_back_what_was_set() {
  test::Started scheduler({.threads = 1});
  Event event;
  Atomic<bool> done{false};
  scheduler->submit(test::root_job([&] {
    event.wait();
    done.store(true, release);
  }));
  test::wait_until([&] { return scheduler.total().suspensions == 1; });
  run(*scheduler, [] {});  // Its worker has come back from enlisting it.
  event.set();
  event.reset();
  test::wait_until([&] { return done.load(acquire); });
  CHECK(!event.is_set());
}

// V1. On the heap, so that the address sanitizer sees who comes late.
void the_waiter_may_destroy_it() {
  test::Started scheduler({.threads = 2});
  for (int i = 0; i < 1000; ++i) {
    Atomic<Event*> shown{nullptr};
    Atomic<bool> done{false};
    scheduler->submit(test::root_job([&] {
      auto event = std::make_unique<Event>();
      shown.store(event.get(), release);
      event->wait();
      event.reset();
      done.store(true, release);
    }));
    Event* event = nullptr;
    test::wait_until([&] { return (event = shown.load(acquire)) != nullptr; });
    event->set();
    test::wait_until([&] { return done.load(acquire); });
  }
}

// C6. It is set by what the waiting fiber has forked.
void children_run_while_their_parent_waits() {
  for (std::uint32_t threads : {1u, 2u}) {
    test::Started scheduler({.threads = threads});
    for (int i = 0; i < 100; ++i) {
      run(*scheduler, [&] {
        Event event;
        auto const child = [&] { event.set(); };
        fork(child);
        event.wait();
        join<decltype(child)>();
      });
    }
  }
}

void a_plain_job_may_set_it() {
  test::Started scheduler({.threads = 1});
  run(*scheduler, [&] {
    Event event;
    scheduler->submit(test::plain_job([&] { event.set(); }));
    event.wait();
  });
}

void a_plain_job_must_not_wait() {
  test::Ending const ending = test::in_child([] {
    Event event;
    test::Started scheduler({.threads = 1});
    scheduler->submit(test::plain_job([&] { event.wait(); }));
    test::wait_until([] { return false; });
  });
  CHECK_ENDING(ending, ending.is_killed_by(SIGABRT) && ending.says("may_wait()"));
}

}  // namespace

int main() {
  a_plain_job_must_not_wait();  // Before there are threads.
  test::Watchdog dog;
  it_stays_set_until_it_is_reset();
  set_wakes_all_who_wait();
  a_reset_does_not_take_back_what_was_set();
  the_waiter_may_destroy_it();
  children_run_while_their_parent_waits();
  a_plain_job_may_set_it();
}
