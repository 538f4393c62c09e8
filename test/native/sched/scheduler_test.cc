// Unit: a scheduler starts or says why not, sleeps when there is nothing to do, and stops clean.

#include "sched/scheduler.h"

#include <pthread.h>
#include <sched.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <string>
#include <vector>

#include "sched/harness.h"
#include "support/child.h"
#include "support/process.h"

using namespace heddle;

namespace {

// The user `nobody else`: root is exempt from RLIMIT_NPROC, and so is whoever may override it.
constexpr unsigned kSomeUser = 54'321;

// In a child, because the limit is the process's, and because it can then be anybody.
void no_threads_left_is_an_errno_and_leaves_nothing() {
  test::Ending const ending = test::in_child([] {
    if (getuid() == 0) CHECK(setgid(kSomeUser) == 0 && setuid(kSomeUser) == 0);
    { test::Started warm_up({.threads = 8}); }
    CHECK(test::are_gone("heddle/"));
    std::size_t const threads = test::thread_ids().size();
    std::size_t const mappings = test::mapping_count();
    for (unsigned attempt = 0; attempt < 30; ++attempt) {
      unsigned const may_start = attempt % 3 * 2;
      rlimit limit{};
      CHECK(getrlimit(RLIMIT_NPROC, &limit) == 0);
      limit.rlim_cur = threads + may_start;
      CHECK(setrlimit(RLIMIT_NPROC, &limit) == 0);
      auto const started = Scheduler::start({.threads = 8});
      if (started.ok()) {
        started.value()->stop();
        _exit(77);
      }
      CHECK(started.error() == Errno(EAGAIN));
      CHECK(test::are_gone("heddle/"));
    }
    // The C library keeps stacks and arenas for threads to come. One lost in each would be 30.
    if (!test::kSanitized) CHECK(test::mapping_count() < mappings + 15);
  });
  if (ending.is_exit(77)) {
    std::printf("skipped: no limit of threads here\n");
    return;
  }
  CHECK_ENDING(ending, ending.is_exit(0));
}

void no_memory_left_is_an_errno_and_leaves_nothing() {
  if (test::kSanitized || test::is_emulated()) {
    std::printf("skipped: RLIMIT_AS under a sanitizer or an emulator\n");
    return;
  }
  test::Ending const ending = test::in_child([] {
    { test::Started warm_up({.threads = 1}); }
    std::size_t const mappings = test::mapping_count();
    rlimit const limit{std::size_t{256} << 20, std::size_t{256} << 20};
    CHECK(setrlimit(RLIMIT_AS, &limit) == 0);
    auto const started = Scheduler::start({.threads = 2, .stack_bytes = std::size_t{1} << 30});
    CHECK(!started.ok() && started.error() == Errno(ENOMEM));
    CHECK(test::are_gone("heddle/"));
    CHECK(test::mapping_count() <= mappings);
    test::Started still({.threads = 1});
    run(*still, [] {});
  });
  CHECK_ENDING(ending, ending.is_exit(0));
}

// No worker runs for two seconds, not even once, after 200 ms to settle.
void check_asleep(char const* when, Scheduler& scheduler) {
  test::wait_until_idle(scheduler);
  usleep(200'000);
  auto const before = test::cpu_use();
  usleep(2'000'000);
  auto const after = test::cpu_use();
  std::size_t seen = 0, awake = 0;
  for (auto const& [id, use] : before) {
    // This thread is none, nor is the thread sanitizer's own.
    if (test::thread_name(id).rfind("heddle/", 0) != 0) continue;
    ++seen;
    test::CpuUse const now = after.at(id);
    if (now == use) continue;
    ++awake;
    std::printf("%s: %s ran for %llu ns in %llu slices\n", when, test::thread_name(id).c_str(),
                (unsigned long long)(now.nanoseconds - use.nanoseconds),
                (unsigned long long)(now.slices - use.slices));
  }
  std::fflush(stdout);
  CHECK(seen == scheduler.threads() && awake == 0);
}

void an_idle_scheduler_uses_no_processor_time() {
  test::Started scheduler({.threads = 8});
  check_asleep("before any work", *scheduler);

  // After work of every kind, and with a fiber that is still waiting.
  test::Gate gate;
  Atomic<bool> ended{false};
  scheduler->submit(test::root_job([&] {
    auto const child = [] { return 1; };
    fork(child);
    gate.wait();
    CHECK(join<decltype(child)>() == 1);
    ended.store(true, release);
  }));
  for (int i = 0; i < 100; ++i) {
    scheduler->submit(test::plain_job([] {}));
    run(*scheduler, [] {
      auto const child = [] { test::spin_for(10'000); };
      for (int n = 0; n < 20; ++n) fork(child);
      for (int n = 0; n < 20; ++n) join<decltype(child)>();
    });
  }
  CHECK(scheduler.total().steals > 0 && scheduler.total().parks > 0);
  check_asleep("after work", *scheduler);
  gate.open();
  test::wait_until([&] { return ended.load(acquire); });
}

// Work that nobody can take is no reason to stay awake: root jobs and a shared child, without a
// fiber to run them on.
void work_that_nobody_can_take_costs_no_processor_time() {
  test::Started scheduler({.threads = 2, .fibers_max = 2});
  test::Gate gates[2];
  Atomic<int> done{0};
  for (test::Gate& gate : gates) {
    scheduler->submit(test::root_job([&] {
      auto const child = [&done] { done.fetch_add(1, relaxed); };
      fork(child);
      fork(child);
      gate.wait();
      join<decltype(child)>();
      join<decltype(child)>();
    }));
    test::wait_until([&] { return gate.is_waited_for(); });
  }
  for (int i = 0; i < 10; ++i)
    scheduler->submit(test::root_job([&] { done.fetch_add(1, relaxed); }));
  check_asleep("without fibers", *scheduler);
  for (test::Gate& gate : gates) gate.open();
  test::wait_until([&] { return done.load(relaxed) == 14; });
}

void stop_runs_what_was_submitted_and_waits_for_it() {
  for (std::uint32_t threads : {1u, 4u}) {
    auto started = Scheduler::start({.threads = threads});
    CHECK(started.ok());
    Scheduler& scheduler = *started.value();
    Atomic<int> done{0};
    test::Gate gate;
    scheduler.submit(test::root_job([&] {
      gate.wait();
      // Work that comes only now counts as well.
      for (int i = 0; i < 10; ++i) {
        scheduler.submit(test::root_job([&] { done.fetch_add(1, relaxed); }));
      }
      done.fetch_add(1, relaxed);
    }));
    test::wait_until([&] { return gate.is_waited_for(); });
    std::thread opener([&] {
      usleep(20'000);
      gate.open();
    });
    scheduler.stop();
    CHECK(done.load(relaxed) == 11);
    opener.join();
    scheduler.stop();
  }
}

void a_submission_from_a_worker_stays_in_its_scheduler() {
  test::Started here({.threads = 2, .name = "here"});
  test::Started there({.threads = 2, .name = "there"});
  Atomic<int> ran{0};
  auto const runs_in = [&](Scheduler& scheduler) {
    return [&] {
      CHECK(&Worker::current()->scheduler() == &scheduler);
      ran.fetch_add(1, release);
    };
  };
  run(*here, [&] {
    here->submit(test::root_job(runs_in(*here)));
    here->submit(test::plain_job(runs_in(*here)));
    there->submit(test::root_job(runs_in(*there)));
    there->submit(test::plain_job(runs_in(*there)));
  });
  test::wait_until([&] { return ran.load(acquire) == 4; });
}

void workers_have_names_and_may_be_pinned() {
  test::Started scheduler({.threads = 3, .pin = true, .name = "a-very-long-name"});
  Atomic<int> seen{0};
  for (int i = 0; i < 3; ++i) {
    scheduler->submit(test::plain_job([&] {
      char name[16] = {};
      CHECK(pthread_getname_np(pthread_self(), name, sizeof name) == 0);
      CHECK(std::string(name) == "a-very-long-nam");
      cpu_set_t set;
      CHECK(sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) == 1);
      seen.fetch_add(1, relaxed);
      test::wait_until([&] { return seen.load(relaxed) == 3; });  // Each on a worker of its own.
    }));
  }
  test::wait_until([&] { return seen.load(relaxed) == 3; });
}

void a_fork_without_a_join_is_a_bug() {
  test::Ending const ending = test::in_child([] {
    test::Started scheduler({.threads = 1});
    run(*scheduler, [] { fork([] {}); });
  });
  CHECK_ENDING(ending, ending.is_killed_by(SIGABRT) && ending.says("tasks.deque.head() == 0"));
}

void waiting_on_a_plain_job_is_a_bug() {
  test::Ending const ending = test::in_child([] {
    test::Started scheduler({.threads = 1});
    scheduler->submit(test::plain_job([] { test::yield_fiber(); }));
    usleep(10'000'000);
  });
  CHECK_ENDING(ending, ending.is_killed_by(SIGABRT) && ending.says("fiber != nullptr"));
}

void an_overflow_in_a_task_names_the_fiber() {
  test::Ending const ending = test::in_child([] {
    test::Started scheduler({.threads = 1, .stack_bytes = 32 * 1024});
    run(*scheduler, [] { test::Endless{0}(); });
  });
  CHECK_ENDING(ending, ending.is_killed_by(SIGSEGV));
  CHECK_ENDING(ending, ending.says("fiber stack overflow") && ending.says("32768 bytes"));
}

}  // namespace

int main() {
  no_threads_left_is_an_errno_and_leaves_nothing();
  no_memory_left_is_an_errno_and_leaves_nothing();
  an_idle_scheduler_uses_no_processor_time();
  work_that_nobody_can_take_costs_no_processor_time();
  stop_runs_what_was_submitted_and_waits_for_it();
  a_submission_from_a_worker_stays_in_its_scheduler();
  workers_have_names_and_may_be_pinned();
  a_fork_without_a_join_is_a_bug();
  waiting_on_a_plain_job_is_a_bug();
  an_overflow_in_a_task_names_the_fiber();
}
