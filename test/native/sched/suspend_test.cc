// Unit: what happens while a fiber waits: its children, other fibers and queued jobs go on.
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
  a_fiber_that_yields_for_ever_starves_nobody();
  yielding_starves_nobody_and_is_not_starved();
  jobs_of_one_kind_do_not_starve_the_other();
  a_chain_of_jobs_gives_way();
  roots_queue_when_there_is_one_fiber();
  work_goes_past_a_worker_without_fibers();
  a_child_goes_past_a_worker_without_fibers();
  without_any_fiber_the_rest_goes_on();
  an_overflowing_child_does_not_keep_the_others_waiting();
  thousands_of_parents_may_be_suspended();
  resume_all_of_none_does_nothing();
  a_batch_keeps_its_order();
}
