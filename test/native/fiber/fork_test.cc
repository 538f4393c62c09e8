// Unit: a child of fork() can install the overflow handler, however far another thread of its
// parent had got with it.
//
// The C library's sigaction() is replaced by one that stops at a chosen point, before or after a
// call of it, until the fork is over.

#include <dlfcn.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <thread>

#include "base/atomic.h"
#include "base/cpu.h"
#include "fiber/fiber.h"
#include "fiber/overflow.h"
#include "fiber/slabs.h"
#include "support/child.h"

using namespace heddle;

namespace {

constexpr unsigned kHangSeconds = 120;

// At which point to stop, counting down; 0 for none. Two calls make four.
Atomic<int> stop_at{0};
Atomic<bool> is_stopped{false};
Atomic<bool> may_go_on{false};

void pass_point() {
  if (stop_at.load(relaxed) == 0 || stop_at.fetch_sub(1, relaxed) != 1) return;
  // Release and acquire: all that the installer has done so far is done when the fork comes.
  is_stopped.store(true, release);
  while (!may_go_on.load(acquire)) usleep(100);
}

}  // namespace

extern "C" int sigaction(int number, struct sigaction const* now, struct sigaction* before) {
  using Real = int (*)(int, struct sigaction const*, struct sigaction*);
  static auto const real = reinterpret_cast<Real>(dlsym(RTLD_NEXT, "sigaction"));
  pass_point();
  int const status = real(number, now, before);
  pass_point();
  return status;
}

namespace {

int volatile depth_max = 1'000'000'000;

[[gnu::noinline]] int overflow(int depth) {
  if (depth == depth_max) return 0;
  char volatile frame[100];
  frame[0] = char(depth);
  return overflow(depth + 1) + frame[0];
}

void overflow_a_fiber() {
  SignalStack const signal_stack;
  Host host;
  FiberSlabs slabs({64 * 1024, 100});
  auto const body = [](Fiber& self) {
    overflow(0);
    self.leave();
  };
  slabs.make(body)->enter(host);
}

// Forks while another thread stands at a point of the first installation.
void fork_in_the_middle(int point, void (*in_the_child)(), test::Ending& ending) {
  stop_at.store(point, relaxed);
  std::thread installer(install_overflow_handler);
  while (!is_stopped.load(acquire)) usleep(100);
  ending = test::in_child([&] {
    alarm(kHangSeconds);
    install_overflow_handler();
    in_the_child();
  });
  may_go_on.store(true, release);
  installer.join();
}

// In a child of its own, for there is one first installation in a process. `theirs` is the
// handler that is there before ours.
test::Ending fork_in_the_middle_of_the_first(int point, void (*theirs)(int),
                                             void (*in_the_child)()) {
  test::Ending inner;
  test::Ending const outer = test::in_child([&] {
    alarm(kHangSeconds);
    signal(SIGSEGV, theirs);
    fork_in_the_middle(point, in_the_child, inner);
    // What the child of the child has come to, for the grandparent.
    (void)!write(STDERR_FILENO, inner.message.data(), inner.message.size());
    if (WIFSIGNALED(inner.status)) {
      signal(WTERMSIG(inner.status), SIG_DFL);
      raise(WTERMSIG(inner.status));
    }
    _exit(WEXITSTATUS(inner.status));
  });
  return outer;
}

void an_overflow_in_the_child_names_the_fiber() {
  for (int point : {1, 2, 3, 4}) {
    test::Ending const ending = fork_in_the_middle_of_the_first(point, SIG_DFL, overflow_a_fiber);
    CHECK_ENDING(ending, ending.is_killed_by(SIGSEGV) && ending.says("fiber stack overflow"));
  }
}

void a_fault_elsewhere_in_the_child_goes_to_the_handler_before() {
  for (int point : {1, 2, 3, 4}) {
    test::Ending const ending = fork_in_the_middle_of_the_first(
        point, [](int) { _exit(9); }, [] { raise(SIGSEGV); });
    CHECK_ENDING(ending, ending.is_exit(9) && ending.message.empty());
  }
}

// The parent's handler is the child's: installed again, it must not come before itself.
void a_child_of_one_with_a_handler_has_it() {
  test::Ending const ending = test::in_child([] {
    signal(SIGSEGV, [](int) { _exit(9); });
    install_overflow_handler();
    test::Ending const inner = test::in_child([] {
      alarm(kHangSeconds);
      install_overflow_handler();
      raise(SIGSEGV);
    });
    CHECK_ENDING(inner, inner.is_exit(9));
  });
  CHECK_ENDING(ending, ending.is_exit(0));
}

}  // namespace

int main() {
  an_overflow_in_the_child_names_the_fiber();
  a_fault_elsewhere_in_the_child_goes_to_the_handler_before();
  a_child_of_one_with_a_handler_has_it();
}
