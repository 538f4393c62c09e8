// A claimed signal, and a timer that repeats it to one thread.

#include "io/interrupt.h"

#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/check.h"
#include "base/lock.h"

namespace heddle {

namespace {

constexpr long kRepeatNs = 1'000'000;

bool is_unused(struct sigaction const& action) {
  return (action.sa_flags & SA_SIGINFO) == 0 && action.sa_handler == SIG_DFL;
}

// Leaves the signal as it was if the host has a use for it.
bool claim(int signal) {
  struct sigaction before;
  if (sigaction(signal, nullptr, &before) != 0 || !is_unused(before)) return false;
  struct sigaction action = {};
  action.sa_handler = [](int) {};  // No SA_RESTART: to interrupt is all it is for.
  if (sigaction(signal, &action, &before) != 0) return false;
  if (is_unused(before)) return true;
  sigaction(signal, &before, nullptr);  // The host claimed it between our look and our step.
  return false;
}

// Raw calls throughout: glibc's names for them are younger than the glibc we must load on.
void set_timer(int timer, long first_ns, long repeat_ns) {
  itimerspec const times{{0, repeat_ns}, {0, first_ns}};
  CHECK(syscall(SYS_timer_settime, timer, 0, &times, nullptr) == 0);
}

}  // namespace

Result<int> interrupt_signal() {
  static Lock lock;
  static int claimed = 0;
  LockGuard const guard(lock);
  // From the top: programs that use real-time signals count from SIGRTMIN.
  for (int signal = SIGRTMAX; claimed == 0 && signal >= SIGRTMIN; --signal) {
    if (claim(signal)) claimed = signal;
  }
  if (claimed == 0) return Errno{EBUSY};
  return claimed;
}

void Interruptible::enter(int signal) {
  signal_ = signal;
  auto const thread = static_cast<int>(syscall(SYS_gettid));
  sigevent event = {};
  event.sigev_notify = SIGEV_THREAD_ID;
  event.sigev_signo = signal;
  event._sigev_un._tid = thread;
  int timer = -1;
  if (syscall(SYS_timer_create, CLOCK_MONOTONIC, &event, &timer) == 0) {
    timer_.store(timer, relaxed);
  }
  sigset_t mine;
  sigemptyset(&mine);
  sigaddset(&mine, signal);
  CHECK(sigprocmask(SIG_UNBLOCK, &mine, nullptr) == 0);  // This thread's alone, on Linux.
  // Release pairs with the acquire in interrupt(): signal and timer.
  thread_.store(thread, release);
}

void Interruptible::leave() {
  thread_.store(-1, relaxed);
  int const timer = timer_.exchange(-1, relaxed);
  if (timer >= 0) syscall(SYS_timer_delete, timer);
}

void Interruptible::interrupt() {
  interrupted_.store(true, relaxed);
  // Acquire pairs with the release in enter().
  int const thread = thread_.load(acquire);
  if (thread < 0) return;  // It has not begun its call, and looks at interrupted() first.
  int const timer = timer_.load(relaxed);
  if (timer >= 0) return set_timer(timer, 1, kRepeatNs);
  syscall(SYS_tgkill, getpid(), thread, signal_);
}

void Interruptible::calm() {
  if (!interrupted()) return;
  int const timer = timer_.load(relaxed);
  if (timer >= 0) set_timer(timer, 0, 0);
  interrupted_.store(false, relaxed);
}

}  // namespace heddle
