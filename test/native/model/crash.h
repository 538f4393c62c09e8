#pragma once
// Turns a crash of an explored program into a failed execution, since mutants do crash.
//
// A thread that follows a stale pointer, or spins without a step, must fail its execution
// and not the process. The signal handler lets the thread go on in a function that says so;
// the handler itself only returns, on a stack of its own.

#include <signal.h>
#include <sys/time.h>
#include <ucontext.h>

#include <cstdint>
#include <memory>

#include "model/execution.h"

namespace heddle::model {

// While one lives, crashes fail the execution that is under way.
class CrashGuard {
 public:
  CrashGuard() { install(); }

 private:
  // Of processor time, in which a thread must reach its next step.
  static constexpr int kSecondsMax = 2;
  static constexpr int kSignals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGVTALRM};
  static constexpr std::size_t kStackBytes = 64 * 1024;

  static void install() {
    static bool const once = [] {
      static std::unique_ptr<char[]> const memory(new char[kStackBytes]);
      stack_t stack{};
      stack.ss_sp = memory.get();
      stack.ss_size = kStackBytes;
      sigaltstack(&stack, nullptr);
      struct sigaction action {};
      action.sa_sigaction = on_signal;
      action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER | SA_RESTART;
      for (int signal : kSignals) sigaction(signal, &action, nullptr);
      itimerval const every{{kSecondsMax, 0}, {kSecondsMax, 0}};
      setitimer(ITIMER_VIRTUAL, &every, nullptr);
      return true;
    }();
    (void)once;
  }

  static void on_signal(int signal, siginfo_t*, void* context) {
    Execution* run = Execution::current();
    if (signal == SIGVTALRM) {
      static std::uint64_t last_ticket = 0;
      std::uint64_t const ticket = Execution::progress();
      bool const moved = ticket != last_ticket;
      last_ticket = ticket;
      if (moved || run == nullptr) return;
    }
    if (run == nullptr) {
      ::signal(signal, SIG_DFL);  // Our own crash: the instruction runs again, and dies.
      return;
    }
    crash_signal = signal;
    auto& registers = static_cast<ucontext_t*>(context)->uc_mcontext;
#if defined(__x86_64__)
    // Below the red zone, and as if by a call.
    auto sp = static_cast<std::uintptr_t>(registers.gregs[REG_RSP]) - 256;
    registers.gregs[REG_RSP] = static_cast<greg_t>((sp & ~std::uintptr_t{15}) - 8);
    registers.gregs[REG_RIP] = reinterpret_cast<greg_t>(&fail_crashed);
#elif defined(__aarch64__)
    registers.sp &= ~std::uintptr_t{15};
    registers.pc = reinterpret_cast<std::uintptr_t>(&fail_crashed);
#endif
  }

  [[noreturn]] static void fail_crashed() {
    char const* why = crash_signal == SIGVTALRM ? "no step for a long time: an endless loop"
                                                : "crashed: it followed a bad pointer";
    Execution::current()->fail(why);
  }

  static inline int volatile crash_signal = 0;
};

}  // namespace heddle::model
