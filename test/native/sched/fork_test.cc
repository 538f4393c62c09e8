// Unit: in a child of fork() a scheduler of the parent neither hangs nor does harm, and a new one
// works.
//
// Fork here is the system call. Whoever would hang is killed by SIGALRM, which no case expects.

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <thread>

#include "sched/harness.h"
#include "sched/sum.h"
#include "support/child.h"
#include "support/process.h"

using namespace heddle;

namespace {

constexpr unsigned kHangSeconds = 120;
constexpr char const* kMessage = "heddle: this scheduler was made before fork()";

std::unique_ptr<Scheduler> start(SchedulerOptions const& options) {
  auto started = Scheduler::start(options);
  CHECK(started.ok());
  return std::move(started.value());
}

// A body in a child that must end it with the message.
template <class Body>
void check_message(Body body) {
  test::Ending const ending = test::in_child([&] {
    alarm(kHangSeconds);
    body();
  });
  CHECK_ENDING(ending, ending.is_killed_by(SIGABRT) && ending.says(kMessage));
}

template <class Body>
void check_fine(Body body) {
  test::Ending const ending = test::in_child([&] {
    alarm(kHangSeconds);
    body();
  });
  CHECK_ENDING(ending, ending.is_exit(0) && ending.message.empty());
}

void giving_it_work_ends_the_child_with_a_message() {
  test::Started parents({.threads = 2});
  check_message([&] { parents->submit(test::plain_job([] {})); });
  check_message([&] { run(*parents, [] {}); });
  run(*parents, [] {});  // The parent's goes on.
}

void resuming_its_fiber_ends_the_child_with_a_message() {
  test::Started parents({.threads = 1});
  test::Gate gate;
  parents->submit(test::root_job([&] { gate.wait(); }));
  test::wait_until([&] { return gate.is_waited_for(); });
  check_message([&] { gate.open(); });
  gate.open();
}

void stopping_and_destroying_it_does_nothing() {
  auto parents = start({.threads = 4});
  test::Gate gate;
  parents->submit(test::root_job([&] { gate.wait(); }));
  test::wait_until([&] { return gate.is_waited_for(); });
  check_fine([&] {
    parents->stop();
    parents->stop();
    parents.reset();
  });
  check_fine([&] { (void)parents.release(); });  // Leaked: nobody asks for it at the exit.
  gate.open();
  parents->stop();
}

// The same while its workers fall asleep and are woken all the time, so that now and then a fork
// finds the lock that this takes held.
void stopping_it_needs_no_lock() {
  auto parents = start({.threads = 4});
  Atomic<bool> may_end{false};
  std::thread submitter([&] {
    while (!may_end.load(relaxed)) run(*parents, [] {});
  });
  for (int i = 0; i < 500; ++i) check_fine([&] { parents->stop(); });
  may_end.store(true, relaxed);
  submitter.join();
  parents->stop();
}

void a_child_without_its_parents_scheduler_ends_as_any() {
  test::Started parents({.threads = 2});
  pid_t const child = ::fork();
  CHECK(child >= 0);
  if (child == 0) {
    alarm(kHangSeconds);
    std::_Exit(7);
  }
  int status = 0;
  CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 7);
}

// The fiber's own thread is all that the child has: it must not go on as a worker.
void a_fiber_that_forks_and_goes_on_ends_the_child_with_a_message() {
#if defined(__SANITIZE_THREAD__)
  std::printf("skipped: the thread sanitizer mistakes the fiber of a child for another thread\n");
  return;
#endif
  test::Ending const ending = test::in_child([] {
    alarm(kHangSeconds);
    test::Started parents({.threads = 2});
    pid_t child = -1;
    run(*parents, [&] {
      child = ::fork();
      if (child != 0) return;
      sigset_t none;
      sigemptyset(&none);
      CHECK(sigprocmask(SIG_SETMASK, &none, nullptr) == 0);  // Workers block SIGALRM, too.
      alarm(kHangSeconds);
    });
    int status = 0;
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
  });
  CHECK_ENDING(ending, ending.is_exit(0) && ending.says(kMessage));
}

#if defined(__SANITIZE_THREAD__)

void new_schedulers_work() {
  std::printf("skipped: the thread sanitizer allows no threads in a child of one with threads\n");
}

#else

void a_new_scheduler_in_the_child_works() {
  test::Started parents({.threads = 2});
  test::check_sums_until_stolen(parents);
  check_fine([&] {
    test::Started childs({.threads = 2});
    test::check_sums_until_stolen(childs);
    parents->stop();
    // And in a child of the child, while both of the others' are there.
    check_fine([&] {
      test::Started grandchilds({.threads = 2});
      test::check_sums_until_stolen(grandchilds);
      childs->stop();
    });
    test::check_sums_until_stolen(childs);
  });
  test::check_sums_until_stolen(parents);
}

void an_overflow_in_the_child_names_the_fiber() {
  test::Started parents({.threads = 1});
  test::Ending const ending = test::in_child([] {
    alarm(kHangSeconds);
    test::Started childs({.threads = 1, .stack_bytes = 32 * 1024});
    run(*childs, [] { test::Endless{0}(); });
  });
  CHECK_ENDING(ending, ending.is_killed_by(SIGSEGV) && ending.says("fiber stack overflow"));
}

// Forks that fall anywhere into the start and stop of schedulers on another thread: whatever that
// thread held, the child can start one.
void a_fork_in_the_middle_of_a_start_does_no_harm() {
  if (test::kSanitized) {
    std::printf("skipped: the address sanitizer's allocator does not survive such a fork\n");
    return;
  }
  test::Ending const ending = test::in_child([] {
    alarm(kHangSeconds);
    Atomic<bool> may_end{false};
    std::thread starter([&] {
      while (!may_end.load(relaxed)) {
        test::Started scheduler({.threads = 2});
        run(*scheduler, [] {});
      }
    });
    for (int i = 0; i < 300; ++i) {
      pid_t const child = ::fork();
      CHECK(child >= 0);
      if (child == 0) {
        alarm(kHangSeconds);
        {
          test::Started childs({.threads = 1});
          run(*childs, [] {});
        }
        _exit(0);
      }
      int status = 0;
      CHECK(waitpid(child, &status, 0) == child && status == 0);
    }
    may_end.store(true, relaxed);
    starter.join();
  });
  CHECK_ENDING(ending, ending.is_exit(0) && ending.message.empty());
}

void new_schedulers_work() {
  a_new_scheduler_in_the_child_works();
  an_overflow_in_the_child_names_the_fiber();
  a_fork_in_the_middle_of_a_start_does_no_harm();
}

#endif

}  // namespace

int main() {
  new_schedulers_work();
  giving_it_work_ends_the_child_with_a_message();
  resuming_its_fiber_ends_the_child_with_a_message();
  stopping_and_destroying_it_does_nothing();
  stopping_it_needs_no_lock();
  a_child_without_its_parents_scheduler_ends_as_any();
  a_fiber_that_forks_and_goes_on_ends_the_child_with_a_message();
}
