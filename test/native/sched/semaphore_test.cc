// Unit: a semaphore has so many permits, gives them in order, and counts no further than it can.
//
// Each case ends only when the thing that it is named for happens; a watchdog ends it otherwise.

#include "sched/semaphore.h"

#include <vector>

#include "sched/harness.h"
#include "support/child.h"
#include "support/watchdog.h"

using namespace heddle;

namespace {

void it_has_as_many_permits_as_were_given() {
  Semaphore free(2);
  free.acquire();
  CHECK(free.try_acquire());
  CHECK(!free.try_acquire());
  free.release(3);
  for (int i = 0; i < 3; ++i) CHECK(free.try_acquire());
  CHECK(!free.try_acquire());
  free.release(0);
  CHECK(!free.try_acquire());
}

// G2. Nor does a release of several let anybody overtake.
void permits_go_to_those_who_wait_in_order() {
  constexpr int kFibers = 20;
  test::Started scheduler({.threads = 1});
  Semaphore free(0);
  std::vector<int> order;
  Atomic<int> done{0};
  for (int i = 0; i < kFibers; ++i) {
    scheduler->submit(test::root_job([&, i] {
      free.acquire();
      order.push_back(i);
      done.fetch_add(1, release);
    }));
    test::wait_until([&] { return scheduler.total().suspensions == std::uint64_t(i) + 1; });
    run(*scheduler, [] {});  // Its worker has come back from enlisting it.
  }
  free.release(5);
  CHECK(!free.try_acquire());
  test::wait_until([&] { return done.load(acquire) == 5; });
  free.release(kFibers);
  test::wait_until([&] { return done.load(acquire) == kFibers; });
  for (int i = 0; i < kFibers; ++i) CHECK(order[std::size_t(i)] == i);
  for (int i = 0; i < 5; ++i) CHECK(free.try_acquire());
  CHECK(!free.try_acquire());
}

void a_thread_waits_as_well() {
  test::Started scheduler({.threads = 1});
  Semaphore ping(0), pong(0);
  int value = 0;
  scheduler->submit(test::root_job([&] {
    ping.acquire();
    ++value;
    pong.release();
  }));
  value = 1;
  ping.release();
  pong.acquire();
  CHECK(value == 2);
}

// C6. The permit comes from what the waiting fiber has forked.
void children_run_while_their_parent_waits() {
  for (std::uint32_t threads : {1u, 2u}) {
    test::Started scheduler({.threads = threads});
    for (int i = 0; i < 100; ++i) {
      run(*scheduler, [&] {
        Semaphore free(0);
        auto const child = [&] { free.release(); };
        fork(child);
        free.acquire();
        join<decltype(child)>();
      });
    }
  }
}

void the_count_has_an_end() {
  Semaphore full(Semaphore::kPermitsMax);
  CHECK(full.try_acquire());
  full.release();
  test::Ending const over = test::in_child([] {
    Semaphore one(Semaphore::kPermitsMax);
    one.release();
  });
  CHECK_ENDING(over, over.is_killed_by(SIGABRT) && over.says("more permits"));
  test::Ending const made = test::in_child([] { Semaphore one(Semaphore::kPermitsMax + 1); });
  CHECK_ENDING(made, made.is_killed_by(SIGABRT) && made.says("kPermitsMax"));
}

void a_plain_job_must_not_wait() {
  test::Ending const ending = test::in_child([] {
    Semaphore none(0);
    test::Started scheduler({.threads = 1});
    scheduler->submit(test::plain_job([&] { none.acquire(); }));
    test::wait_until([] { return false; });
  });
  CHECK_ENDING(ending, ending.is_killed_by(SIGABRT) && ending.says("may_wait()"));
}

}  // namespace

int main() {
  the_count_has_an_end();  // Before there are threads.
  a_plain_job_must_not_wait();
  test::Watchdog dog;
  it_has_as_many_permits_as_were_given();
  permits_go_to_those_who_wait_in_order();
  a_thread_waits_as_well();
  children_run_while_their_parent_waits();
}
