// Unit: a child of fork() knows that it is another process, and leaves its parent's threads alone.

#include "base/process.h"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <memory>

#include "base/atomic.h"
#include "base/membarrier.h"
#include "base/thread.h"
#include "support/child.h"
#include "support/process.h"
#include "support/threads.h"

using namespace heddle;

namespace {

constexpr unsigned kHangSeconds = 120;  // Who hangs is killed by SIGALRM.

void a_generation_lasts_as_long_as_the_process() {
  std::uint32_t const before = process_generation();
  Origin const origin;
  test::run_together(4, [&](std::size_t) {
    CHECK(process_generation() == before && origin.is_here());
    Origin().require_here("nothing");
  });
  origin.require_here("nothing");
}

void a_child_is_another_process_and_so_is_its_child() {
  Origin const parents;
  test::Ending const ending = test::in_child([&] {
    alarm(kHangSeconds);
    CHECK(!parents.is_here());
    Origin const childs;
    CHECK(childs.is_here());
    test::Ending const inner = test::in_child([&] {
      alarm(kHangSeconds);
      CHECK(!parents.is_here() && !childs.is_here() && Origin().is_here());
    });
    CHECK_ENDING(inner, inner.is_exit(0));
    CHECK(childs.is_here());
  });
  CHECK_ENDING(ending, ending.is_exit(0));
  CHECK(parents.is_here());
}

void using_what_the_parent_made_ends_the_child_with_a_message() {
  Origin const parents;
  test::Ending const ending = test::in_child([&] {
    alarm(kHangSeconds);
    parents.require_here("this loom");
  });
  CHECK_ENDING(ending, ending.is_killed_by(SIGABRT));
  CHECK_ENDING(ending, ending.says("heddle: this loom was made before fork(), and its threads "
                                   "are in the parent process. Make a new one in the child\n"));
}

void forks_from_any_thread_count() {
  test::run_together(4, [](std::size_t) {
    Origin const parents;
    for (int i = 0; i < 20; ++i) {
      pid_t const child = ::fork();
      CHECK(child >= 0);
      if (child == 0) _exit(parents.is_here() ? 1 : 0);
      int status = 0;
      CHECK(waitpid(child, &status, 0) == child && status == 0);
    }
    CHECK(parents.is_here());
  });
}

// A thread that waits until it is told to end.
struct Waiter {
  Atomic<bool> may_end{false};
  Thread thread;

  Waiter() {
    CHECK(thread
              .start(
                  "waiter",
                  [](void* self) {
                    auto& waiter = *static_cast<Waiter*>(self);
                    while (!waiter.may_end.load(relaxed)) usleep(1000);
                  },
                  this)
              .ok());
  }
};

void a_child_joins_no_thread_that_it_has_not() {
  Waiter waiter;
  test::Ending const joined = test::in_child([&] {
    alarm(kHangSeconds);
    waiter.thread.join();
    CHECK(!waiter.thread.is_started());
    waiter.thread.join();
  });
  CHECK_ENDING(joined, joined.is_exit(0));

  auto* const left = new Waiter;
  test::Ending const destroyed = test::in_child([&] {
    alarm(kHangSeconds);
    delete left;  // In the parent that is a mistake: it was not joined.
  });
  CHECK_ENDING(destroyed, destroyed.is_exit(0));

  for (Waiter* one : {&waiter, left}) {
    one->may_end.store(true, relaxed);
    one->thread.join();
  }
  delete left;
}

void a_child_starts_threads_of_its_own() {
#if defined(__SANITIZE_THREAD__)
  std::printf("skipped: the thread sanitizer allows no threads in a child of one with threads\n");
#else
  Waiter waiter;
  test::Ending const ending = test::in_child([&] {
    alarm(kHangSeconds);
    // On the same object too, once it has forgotten the parent's.
    waiter.thread.join();
    int ran = 0;
    CHECK(waiter.thread
              .start(
                  "again", [](void* arg) { ++*static_cast<int*>(arg); }, &ran)
              .ok());
    waiter.thread.join();
    CHECK(ran == 1);
  });
  CHECK_ENDING(ending, ending.is_exit(0));
  waiter.may_end.store(true, relaxed);
  waiter.thread.join();
#endif
}

// So a library that registers once, before the fork, may rely on it after.
void a_child_may_use_its_parents_membarrier() {
  if (!membarrier_register().ok()) {
    std::printf("skipped: no membarrier here\n");
    return;
  }
  test::Ending const ending = test::in_child([] {
    alarm(kHangSeconds);
    membarrier();
  });
  CHECK_ENDING(ending, ending.is_exit(0));
}

}  // namespace

int main() {
  a_generation_lasts_as_long_as_the_process();
  a_child_is_another_process_and_so_is_its_child();
  using_what_the_parent_made_ends_the_child_with_a_message();
  forks_from_any_thread_count();
  a_child_joins_no_thread_that_it_has_not();
  a_child_starts_threads_of_its_own();
  a_child_may_use_its_parents_membarrier();
}
