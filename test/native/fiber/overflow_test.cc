// Unit: a fiber that overflows dies with a message; any other fault goes to whoever had it before.
//
// Every case is a forked child. Under the address and thread sanitizers too: they have a SIGSEGV
// handler of their own or none, and the rule is the same for it.

#include "fiber/overflow.h"

#include <pthread.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstddef>
#include <cstdio>
#include <cstring>

#include "base/check.h"
#include "fiber/fiber.h"
#include "fiber/slabs.h"
#include "support/child.h"
#include "support/poor_kernel.h"
#include "support/process.h"

using namespace heddle;

namespace {

constexpr std::size_t kStackBytes = 64 * 1024;

int volatile depth_max = 1'000'000'000;  // No compiler can know it, nor any stack reach it.

// Recursion that no compiler turns into a loop.
template <std::size_t kFrameBytes>
[[gnu::noinline]] int overflow(int depth) {
  if (depth == depth_max) return 0;
  char volatile frame[kFrameBytes];
  frame[0] = char(depth);
  frame[kFrameBytes - 1] = char(depth);
  int const below = overflow<kFrameBytes>(depth + 1);
  return below + frame[0] + frame[kFrameBytes - 1];
}

void write_text(char const* text) {
  (void)!write(STDERR_FILENO, text, std::strlen(text));
}

// An address that faults and is no null pointer, which the sanitizers would complain of first.
char volatile* nowhere() {
  static void* const page = mmap(nullptr, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(page != MAP_FAILED);
  return static_cast<char volatile*>(page);
}

void fault_elsewhere() {
  *nowhere() = 1;
}

// Runs `body` on the fiber number 3 of this thread, with everything in place as in a worker.
void on_fiber_3(Fiber::Body body) {
  install_overflow_handler();
  SignalStack const signal_stack;
  Host host;
  FiberSlabs slabs({kStackBytes, 100});
  for (int i = 0; i < 3; ++i) CHECK(slabs.make(body) != nullptr);
  slabs.make(body)->enter(host);
}

void check_is_overflow(test::Ending const& ending) {
  CHECK_ENDING(ending, ending.is_killed_by(SIGSEGV));
  CHECK_ENDING(ending,
               ending.says("heddle: fiber stack overflow: fiber 3 has a stack of 65536 "
                           "bytes; make it larger with the scheduler's stackSize option\n"));
}

void an_overflow_names_the_fiber_and_its_stack_size() {
  check_is_overflow(test::in_child([] {
    on_fiber_3([](Fiber& self) {
      overflow<100>(0);
      self.leave();
    });
  }));
}

// A frame may be larger than a page: its first touch must still be inside the guard.
void a_large_frame_does_not_jump_over_the_guard() {
  check_is_overflow(test::in_child([] {
    on_fiber_3([](Fiber& self) {
      overflow<15'000>(0);
      self.leave();
    });
  }));
}

void an_overflow_on_a_thread_names_the_fiber_too() {
  check_is_overflow(test::in_child([] {
    pthread_t thread;
    CHECK(pthread_create(
              &thread, nullptr,
              [](void*) -> void* {
                on_fiber_3([](Fiber& self) {
                  overflow<100>(0);
                  self.leave();
                });
                return nullptr;
              },
              nullptr) == 0);
    pthread_join(thread, nullptr);
  }));
}

// The only guards there were before Linux 6.13, where a system-call filter plays the old kernel.
void guards_without_madvise_are_as_good() {
  test::Ending const ending = test::in_child([] {
    constexpr unsigned kGuardInstall = 102;
    test::refuse_advice(kGuardInstall);
    on_fiber_3([](Fiber& self) {
      overflow<100>(0);
      self.leave();
    });
  });
  if (ending.is_exit(test::kCannotFilter)) {
    std::printf("skipped: no system-call filters here\n");
    return;
  }
  check_is_overflow(ending);
}

// The upper guard is nobody's stack, so there is no message; but nothing is overwritten.
void writing_beyond_the_tail_dies() {
  test::Ending const ending = test::in_child([] {
    on_fiber_3([](Fiber& self) {
      auto* const tail = static_cast<char volatile*>(self.tail());
      for (std::size_t i = 0; i < 3 * 64 * 1024; i += 64) tail[i] = 1;
      self.leave();
    });
  });
  CHECK_ENDING(ending, !ending.is_exit(0) && !ending.says("overflow: fiber"));
  if (!test::kSanitized) CHECK_ENDING(ending, ending.is_killed_by(SIGSEGV));
}

// Where the fault comes from: a fiber, or the thread's own stack.
template <class Fault>
void everywhere(Fault fault) {
  fault(false);
  fault(true);
}

void fault_somewhere(bool on_a_fiber) {
  if (on_a_fiber) {
    on_fiber_3([](Fiber& self) {
      fault_elsewhere();
      self.leave();
    });
  } else {
    install_overflow_handler();
    fault_elsewhere();
  }
}

void a_fault_elsewhere_goes_to_the_handler_before() {
  everywhere([](bool on_a_fiber) {
    test::Ending const ending = test::in_child([=] {
      struct sigaction theirs = {};
      theirs.sa_sigaction = [](int number, siginfo_t* info, void* context) {
        if (number == SIGSEGV && info->si_addr == nowhere() && context != nullptr) {
          write_text("theirs\n");
          _exit(7);
        }
      };
      theirs.sa_flags = SA_SIGINFO;
      CHECK(sigaction(SIGSEGV, &theirs, nullptr) == 0);
      fault_somewhere(on_a_fiber);
    });
    CHECK_ENDING(ending, ending.is_exit(7) && ending.message == "theirs\n");
  });
}

void a_fault_elsewhere_goes_to_an_old_fashioned_handler_before() {
  everywhere([](bool on_a_fiber) {
    test::Ending const ending = test::in_child([=] {
      signal(SIGSEGV, [](int number) {
        if (number == SIGSEGV) _exit(8);
      });
      fault_somewhere(on_a_fiber);
    });
    CHECK_ENDING(ending, ending.is_exit(8) && ending.message.empty());
  });
}

void a_fault_elsewhere_without_a_handler_kills() {
  everywhere([](bool on_a_fiber) {
    test::Ending const ending = test::in_child([=] {
      signal(SIGSEGV, SIG_DFL);  // The sanitizers' goes.
      fault_somewhere(on_a_fiber);
    });
    CHECK_ENDING(ending, ending.is_killed_by(SIGSEGV) && !ending.says("heddle"));
  });
}

// A fault cannot be ignored: the kernel kills.
void a_fault_elsewhere_that_was_ignored_kills() {
  test::Ending const ending = test::in_child([] {
    signal(SIGSEGV, SIG_IGN);
    fault_somewhere(false);
  });
  CHECK_ENDING(ending, ending.is_killed_by(SIGSEGV) && !ending.says("heddle"));
}

// kill -SEGV is no fault: nothing faults again when the handler returns.
void a_signal_that_was_sent_does_what_it_did_before() {
  test::Ending const killed = test::in_child([] {
    signal(SIGSEGV, SIG_DFL);
    install_overflow_handler();
    raise(SIGSEGV);
    write_text("survived\n");
  });
  CHECK_ENDING(killed, killed.is_killed_by(SIGSEGV) && !killed.says("survived"));

  test::Ending const ignored = test::in_child([] {
    signal(SIGSEGV, SIG_IGN);
    install_overflow_handler();
    raise(SIGSEGV);
    raise(SIGSEGV);
    write_text("survived\n");
  });
  CHECK_ENDING(ignored, ignored.is_exit(0) && ignored.message == "survived\n");
}

void the_handler_is_installed_once() {
  test::Ending const ending = test::in_child([] {
    signal(SIGSEGV, [](int) { _exit(9); });
    install_overflow_handler();
    install_overflow_handler();  // Twice, it would call itself for ever.
    fault_elsewhere();
  });
  CHECK_ENDING(ending, ending.is_exit(9));
}

void a_signal_stack_gives_back_the_one_before() {
  stack_t before{};
  CHECK(sigaltstack(nullptr, &before) == 0);
  {
    SignalStack const ours;
    stack_t now{};
    CHECK(sigaltstack(nullptr, &now) == 0);
    CHECK(now.ss_sp != before.ss_sp && (now.ss_flags & SS_DISABLE) == 0);
  }
  stack_t after{};
  CHECK(sigaltstack(nullptr, &after) == 0);
  CHECK(after.ss_flags == before.ss_flags && after.ss_sp == before.ss_sp);
}

}  // namespace

int main() {
  an_overflow_names_the_fiber_and_its_stack_size();
  a_large_frame_does_not_jump_over_the_guard();
  an_overflow_on_a_thread_names_the_fiber_too();
  guards_without_madvise_are_as_good();
  writing_beyond_the_tail_dies();
  a_fault_elsewhere_goes_to_the_handler_before();
  a_fault_elsewhere_goes_to_an_old_fashioned_handler_before();
  a_fault_elsewhere_without_a_handler_kills();
  a_fault_elsewhere_that_was_ignored_kills();
  a_signal_that_was_sent_does_what_it_did_before();
  the_handler_is_installed_once();
  a_signal_stack_gives_back_the_one_before();
}
