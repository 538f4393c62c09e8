// Unit: whoever makes itself ready for ever lets everybody else have a turn.
//
// With one worker, so that nobody else can help out. Each case ends only when the thing that it is
// named for happens; a watchdog ends it otherwise.

#include <utility>

#include "sched/harness.h"
#include "support/watchdog.h"

using namespace heddle;

namespace {

// A fiber that polls, resuming itself each time, lets everything else go on: here the child that
// would end its waiting, and a root and a plain job that were queued behind it.
void a_fiber_that_yields_for_ever_starves_nobody() {
  test::Started scheduler({.threads = 1});
  run(*scheduler, [&] {
    bool child_ran = false, root_ran = false, plain_ran = false;
    auto const child = [&] { child_ran = true; };
    fork(child);
    while (!child_ran) test::yield_fiber();
    join<decltype(child)>();

    scheduler->submit(test::root_job([&] { root_ran = true; }));
    while (!root_ran) test::yield_fiber();
    scheduler->submit(test::plain_job([&] { plain_ran = true; }));
    while (!plain_ran) test::yield_fiber();

    // From outside, too: injected and not pushed.
    Atomic<bool> outsider_ran{false};
    std::thread outsider(
        [&] { scheduler->submit(test::plain_job([&] { outsider_ran.store(true, relaxed); })); });
    while (!outsider_ran.load(relaxed)) test::yield_fiber();
    outsider.join();
  });
}

// A job that is submitted again and again, until something has happened.
struct Again : Job {
  Again(Kind of, Scheduler& in, Atomic<bool>& until) : Job(again, of), scheduler(in), stop(until) {}
  static Job* again(Job& self) {
    auto& job = static_cast<Again&>(self);
    if (!job.stop.load(acquire)) {
      job.scheduler.submit(job);
    } else {
      job.ended.store(true, release);  // Pairs with the test below: it may go.
    }
    return nullptr;
  }
  Scheduler& scheduler;
  Atomic<bool>& stop;
  Atomic<bool> ended{false};
};

// The same by yield(), which is not even in anybody's way. With several that do it, and a batch of
// jobs that never ends, all get their turn.
void yielding_starves_nobody_and_is_not_starved() {
  test::Started scheduler({.threads = 1});
  Atomic<bool> all_done{false};
  Again again(Job::Kind::Plain, *scheduler, all_done);
  scheduler->submit(again);
  int yields[3] = {};
  Atomic<int> done{0};
  for (int& mine : yields) {
    scheduler->submit(test::root_job([&] {
      bool child_ran = false;
      auto const child = [&child_ran] { child_ran = true; };
      fork(child);
      while (!child_ran || mine < 20) {
        ++mine;
        yield();
      }
      join<decltype(child)>();
      done.fetch_add(1, release);
    }));
  }
  test::wait_until([&] { return done.load(acquire) == 3; });
  all_done.store(true, release);
  test::wait_until([&] { return again.ended.load(acquire); });
}

// Plain and root jobs take turns.
void jobs_of_one_kind_do_not_starve_the_other() {
  for (auto [kind, other] : {std::pair{Job::Kind::Plain, Job::Kind::Root},
                             std::pair{Job::Kind::Root, Job::Kind::Plain}}) {
    test::Started scheduler({.threads = 1});
    Atomic<bool> other_ran{false};
    Again again(kind, *scheduler, other_ran);
    auto const set = [&] { other_ran.store(true, release); };
    Queue<Job> jobs;
    jobs.push_back(again);
    jobs.push_back(other == Job::Kind::Root ? test::root_job(set) : test::plain_job(set));
    scheduler->submit(std::move(jobs));
    test::wait_until([&] { return again.ended.load(acquire); });
  }
}

// A job that makes itself ready for ever, without a queue, gives way too.
void a_chain_of_jobs_gives_way() {
  test::Started scheduler({.threads = 1});
  struct Chain : Job {
    Chain() : Job(next_one, Kind::Plain) {}
    static Job* next_one(Job& self) {
      auto& chain = static_cast<Chain&>(self);
      ++chain.steps;
      if (!chain.stop.load(acquire)) return &self;
      chain.ended.store(true, release);
      return nullptr;
    }
    std::uint64_t steps = 0;
    Atomic<bool> stop{false};
    Atomic<bool> ended{false};
  } chain;
  scheduler->submit(chain);
  // run() submits a job of its own, which must come to its turn.
  run(*scheduler, [&] { chain.stop.store(true, release); });
  test::wait_until([&] { return chain.ended.load(acquire); });
}

}  // namespace

int main() {
  test::Watchdog const dog;
  a_fiber_that_yields_for_ever_starves_nobody();
  yielding_starves_nobody_and_is_not_starved();
  jobs_of_one_kind_do_not_starve_the_other();
  a_chain_of_jobs_gives_way();
}
