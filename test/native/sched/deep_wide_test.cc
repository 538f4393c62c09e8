// As deep and as wide as programs get: recursion beyond the task stack, a million ready jobs, ten
// thousand suspended fibers, more schedulers than processors.

#include <vector>

#include "sched/harness.h"

using namespace heddle;
using namespace heddle::test;

namespace {

std::uint64_t chain(KernelContext t, std::uint32_t depth) {
  if (depth == 0) return 1;
  t.fork<chain>(0u);
  std::uint64_t const rest = chain(t, depth - 1);
  return t.join<chain>() + rest;
}

// A fork that finds the task stack full runs at once, however many more there are.
void recursion_goes_deeper_than_the_task_stack() {
  for (std::uint32_t const threads : {1u, 2u}) {
    for (std::uint32_t const capacity : {1u, 4u, 100u}) {
      Started scheduler({.threads = threads, .stack_bytes = 1 << 20, .task_capacity = capacity});
      CHECK(run(*scheduler, [](KernelContext t) { return chain(t, 1000); }) == 1001);
    }
  }
}

std::uint64_t both(KernelContext t, std::uint32_t depth) {
  if (depth == 0) return 1;
  t.fork<both>(depth - 1);
  std::uint64_t const right = both(t, depth - 1);
  return t.join<both>() + right;
}

// Also where thieves share, take and give back at the end of the stack.
void a_tiny_task_stack_is_stolen_from() {
  Started scheduler({.threads = 2, .task_capacity = 2});
  std::uint64_t steals = 0;
  for (int round = 0; round < 2000 && steals < 20; ++round) {
    CHECK(run(*scheduler, [](KernelContext t) { return both(t, 12); }) == 4096);
    steals = scheduler.total().steals;
  }
  CHECK(steals > 0);
}

void a_million_jobs_are_ready() {
  constexpr std::size_t kJobs = 1'000'000;
  struct Count : Job {
    explicit Count(Atomic<std::size_t>& of) : Job(run_one, Kind::Plain), left(of) {}
    static Job* run_one(Job& self) {
      // Release pairs with the wait below.
      static_cast<Count&>(self).left.fetch_sub(1, release);
      return nullptr;
    }
    Atomic<std::size_t>& left;
  };
  Started scheduler({.threads = 2});
  Atomic<std::size_t> left{kJobs};
  std::vector<Count> jobs(kJobs, Count(left));
  Queue<Job> queue;
  for (Count& job : jobs) queue.push_back(job);
  scheduler->submit(std::move(queue));
  // Acquire pairs with run_one().
  wait_until([&] { return left.load(acquire) == 0; });
}

void ten_thousand_fibers_are_suspended() {
#ifdef __SANITIZE_THREAD__
  constexpr std::size_t kFibers = 3'000;  // It knows 8128 threads at a time, and a fiber is one.
#else
  constexpr std::size_t kFibers = 10'000;
#endif
  Started scheduler({.threads = 2});
  std::vector<Gate> gates(kFibers);
  Atomic<std::size_t> ended{0};
  for (Gate& gate : gates) {
    scheduler->submit(root_job([&] {
      gate.wait();
      ended.fetch_add(1, release);
    }));
  }
  for (Gate& gate : gates) wait_until([&] { return gate.is_waited_for(); });
  WorkerStats const stats = scheduler.total();
  CHECK(stats.fibers == kFibers);
  CHECK(stats.fibers_max >= kFibers);
  Queue<Fiber> fibers;
  for (Gate& gate : gates) {
    if (Fiber* fiber = gate.open_later()) fibers.push_back(*fiber);
  }
  resume_all(fibers);
  wait_until([&] { return ended.load(acquire) == kFibers; });
}

void more_schedulers_than_processors() {
  constexpr int kSchedulers = 16;
  std::vector<std::unique_ptr<Started>> schedulers;
  for (int i = 0; i < kSchedulers; ++i) {
    schedulers.push_back(std::make_unique<Started>(SchedulerOptions{.threads = 3}));
  }
  Atomic<int> left{kSchedulers};
  for (auto& scheduler : schedulers) {
    (*scheduler)->submit(root_job([&] {
      CHECK(both(KernelContext::current(), 12) == 4096);
      left.fetch_sub(1, release);
    }));
  }
  wait_until([&] { return left.load(acquire) == 0; });
}

}  // namespace

int main() {
  recursion_goes_deeper_than_the_task_stack();
  a_tiny_task_stack_is_stolen_from();
  a_million_jobs_are_ready();
  ten_thousand_fibers_are_suspended();
  more_schedulers_than_processors();
  std::puts("ok");
}
