// Lanes: frame work goes first, background work never takes every worker, and a background loop
// gives way.

#include <vector>

#include "sched/harness.h"

using namespace heddle;
using namespace heddle::test;

namespace {

// Every flag below releases what its setter did and acquires it: variables of a test go away when
// it has seen them.

template <class F>
Job& job_in(Lane lane, Job::Kind kind, F f) {
  Job& job = kind == Job::Kind::Root ? root_job(std::move(f)) : plain_job(std::move(f));
  job.lane = lane;
  return job;
}

// Keeps a worker until it is opened.
struct Blocker {
  Atomic<bool> holds{false};
  Atomic<bool> open{false};

  Job& job(Lane lane) {
    return job_in(lane, Job::Kind::Root, [this] {
      holds.store(true, release);
      while (!open.load(acquire)) std::this_thread::yield();
    });
  }
  void wait_until_it_holds() {
    wait_until([this] { return holds.load(acquire); });
  }
};

void frame_work_goes_first() {
  Started scheduler({.threads = 1});
  Blocker blocker;
  scheduler->submit(blocker.job(Lane::Normal));
  blocker.wait_until_it_holds();
  Atomic<int> turn{0};
  std::vector<int> order(12, -1);
  for (int i = 0; i < 12; ++i) {
    auto const lane = Lane(2 - i % 3);  // The last first.
    scheduler->submit(job_in(lane, i % 2 == 0 ? Job::Kind::Root : Job::Kind::Plain,
                             [&, i] { order[std::size_t(i)] = turn.fetch_add(1, acq_rel); }));
  }
  blocker.open.store(true, release);
  wait_until([&] { return turn.load(acquire) == 12; });
  scheduler->stop();
  for (int i = 0; i < 12; ++i) {
    for (int k = 0; k < 12; ++k) {
      if (i % 3 > k % 3) CHECK(order[std::size_t(i)] < order[std::size_t(k)]);
    }
  }
}

// However many background jobs there are, a frame job finds a worker.
void background_work_leaves_a_worker() {
  for (std::uint32_t const threads : {2u, 4u}) {
    Started scheduler({.threads = threads});
    Atomic<std::uint32_t> running{0};
    Atomic<std::uint32_t> most{0};
    Atomic<std::uint32_t> ended{0};
    Atomic<bool> open{false};
    for (int i = 0; i < 16; ++i) {
      auto const kind = i % 2 == 0 ? Job::Kind::Root : Job::Kind::Plain;
      scheduler->submit(job_in(Lane::Background, kind, [&] {
        std::uint32_t const now = running.fetch_add(1, acq_rel) + 1;
        if (now > most.load(acquire)) most.store(now, relaxed);
        while (!open.load(acquire)) std::this_thread::yield();
        running.fetch_sub(1, acq_rel);
        ended.fetch_add(1, acq_rel);
      }));
    }
    wait_until([&] { return running.load(acquire) == threads - 1; });
    for (int i = 0; i < 20; ++i) {
      Atomic<bool> ran{false};
      scheduler->submit(job_in(Lane::Frame, Job::Kind::Root, [&] { ran.store(true, release); }));
      wait_until([&] { return ran.load(acquire); });
    }
    open.store(true, release);
    wait_until([&] { return ended.load(acquire) == 16; });
    CHECK(most.load(acquire) == threads - 1);
  }
}

std::uint64_t background_tree(KernelContext t, int depth, Atomic<std::uint32_t>* running,
                              Atomic<std::uint32_t>* most) {
  if (depth == 0) {
    std::uint32_t const now = running->fetch_add(1, acq_rel) + 1;
    if (now > most->load(relaxed)) most->store(now, relaxed);
    spin_for(20'000);
    running->fetch_sub(1, acq_rel);
    return 1;
  }
  t.fork<background_tree>(depth - 1, running, most);
  std::uint64_t const b = background_tree(t, depth - 1, running, most);
  return t.join<background_tree>() + b;
}

// What a background root forks is background work, whoever steals it.
void stolen_background_work_needs_a_place() {
  Started scheduler({.threads = 3});
  Atomic<std::uint32_t> running{0};
  Atomic<std::uint32_t> most{0};
  for (int round = 0; round < 200 && most.load(acquire) < 2; ++round) {
    std::uint64_t const leaves = run(*scheduler,
                                     [&](KernelContext t) {
                                       return background_tree(t, 8, &running, &most);
                                     },
                                     {.lane = Lane::Background});
    CHECK(leaves == 256);
  }
  CHECK(most.load(acquire) == 2);
}

void one_worker_runs_background_work_too() {
  Started scheduler({.threads = 1});
  CHECK(run(*scheduler, [] { return 7; }, {.lane = Lane::Background}) == 7);
}

// A background loop lets frame work of its worker go first, at its next step.
void a_background_loop_gives_way() {
  Started scheduler({.threads = 1});
  Atomic<bool> begun{false};
  Atomic<bool> frame_ran{false};
  scheduler->submit(job_in(Lane::Background, Job::Kind::Root, [&] {
    KernelContext const t = KernelContext::current();
    begun.store(true, release);
    while (!frame_ran.load(acquire)) t.give_way();
  }));
  wait_until([&] { return begun.load(acquire); });
  scheduler->submit(job_in(Lane::Frame, Job::Kind::Plain, [&] { frame_ran.store(true, release); }));
  scheduler->stop();  // Hangs if it does not.
}

// C14: a worker whose frame fiber waits begins no background job, and loses none.
void a_suspended_frame_fiber_keeps_background_work_away() {
  Started scheduler({.threads = 1});
  Gate gate;
  Atomic<bool> background_ran{false};
  Atomic<bool> normal_ran{false};
  scheduler->submit(job_in(Lane::Frame, Job::Kind::Root, [&] { gate.wait(); }));
  wait_until([&] { return gate.is_waited_for(); });
  scheduler->submit(
      job_in(Lane::Background, Job::Kind::Plain, [&] { background_ran.store(true, release); }));
  for (int i = 0; i < 200; ++i) {  // Fair turns come by, too.
    normal_ran.store(false, relaxed);
    scheduler->submit(
        job_in(Lane::Normal, Job::Kind::Plain, [&] { normal_ran.store(true, release); }));
    wait_until([&] { return normal_ran.load(acquire); });
    CHECK(!background_ran.load(acquire));
  }
  gate.open();
  wait_until([&] { return background_ran.load(acquire); });
}

void child(KernelContext) {
}

// A background root that forks, and then neither forks nor joins until it is opened.
Job& background_leaf(Blocker& blocker) {
  return job_in(Lane::Background, Job::Kind::Root, [&blocker] {
    KernelContext t = KernelContext::current();
    for (int i = 0; i < 8; ++i) t.fork<child>();
    blocker.holds.store(true, release);
    while (!blocker.open.load(acquire)) std::this_thread::yield();
    for (int i = 0; i < 8; ++i) t.join<child>();
  });
}

void run_one(Scheduler& scheduler) {
  Atomic<bool> ran{false};
  scheduler.submit(job_in(Lane::Normal, Job::Kind::Plain, [&] { ran.store(true, release); }));
  wait_until([&] { return ran.load(acquire); });
}

// A worker that must not take what a background fiber keeps private does not keep itself awake for
// it.
void work_of_another_lane_lets_a_worker_sleep() {
  Started scheduler({.threads = 2});
  Gate gate;
  scheduler->submit(job_in(Lane::Frame, Job::Kind::Root, [&] { gate.wait(); }));
  wait_until([&] { return gate.is_waited_for(); });
  Blocker leaf;
  scheduler->submit(background_leaf(leaf));
  leaf.wait_until_it_holds();
  run_one(*scheduler);          // So that the other one searches, too.
  wait_until_idle(*scheduler);  // Hangs if it wakes itself again and again.
  leaf.open.store(true, release);
  gate.open();
}

// The same for what was injected: it waits for a worker that may take it.
void injected_work_of_another_lane_lets_a_worker_sleep() {
  Started scheduler({.threads = 2});
  Gate gate;
  Worker* waits = nullptr;
  scheduler->submit(job_in(Lane::Frame, Job::Kind::Root, [&] {
    waits = Worker::current();
    gate.wait();
  }));
  wait_until([&] { return gate.is_waited_for(); });
  Atomic<bool> open{false};
  Atomic<Worker*> blocked{nullptr};
  while (blocked.load(acquire) == nullptr) {  // Until it is the other worker's.
    Atomic<bool> begun{false};
    scheduler->submit(job_in(Lane::Frame, Job::Kind::Root, [&] {
      Worker* const here = Worker::current();
      if (here != waits) blocked.store(here, release);
      begun.store(true, release);
      while (here != waits && !open.load(acquire)) std::this_thread::yield();
    }));
    wait_until([&] { return begun.load(acquire); });
  }
  Atomic<bool> background_ran{false};
  scheduler->submit(
      job_in(Lane::Background, Job::Kind::Root, [&] { background_ran.store(true, release); }));
  run_one(*scheduler);
  wait_until_idle(*scheduler);  // Hangs if the one that may not take it looks again and again.
  CHECK(!background_ran.load(acquire));
  open.store(true, release);
  wait_until([&] { return background_ran.load(acquire); });
  gate.open();
}

// The one place is taken: what its owner keeps would only wait elsewhere.
void work_without_a_place_stays_with_its_owner() {
  Started scheduler({.threads = 2});
  Blocker leaf;
  scheduler->submit(background_leaf(leaf));
  leaf.wait_until_it_holds();
  run_one(*scheduler);
  wait_until_idle(*scheduler);
  CHECK(scheduler.total().steals == 0 && scheduler.total().helps == 0);
  leaf.open.store(true, release);
}

// Several workers, one place: whoever is refused is woken when there is one.
void refused_work_is_not_forgotten() {
  Started scheduler({.threads = 2});
  for (int round = 0; round < 300; ++round) {
    constexpr int kJobs = 4;
    Atomic<int> left{kJobs};
    for (int i = 0; i < kJobs; ++i) {
      scheduler->submit(job_in(Lane::Background, Job::Kind::Root, [&] {
        yield();  // It leaves, and needs a place to go on.
        left.fetch_sub(1, acq_rel);
      }));
    }
    wait_until([&] { return left.load(acquire) == 0; });
  }
}

}  // namespace

int main() {
  frame_work_goes_first();
  background_work_leaves_a_worker();
  stolen_background_work_needs_a_place();
  one_worker_runs_background_work_too();
  a_background_loop_gives_way();
  a_suspended_frame_fiber_keeps_background_work_away();
  work_of_another_lane_lets_a_worker_sleep();
  injected_work_of_another_lane_lets_a_worker_sleep();
  work_without_a_place_stays_with_its_owner();
  refused_work_is_not_forgotten();
  std::puts("ok");
}
