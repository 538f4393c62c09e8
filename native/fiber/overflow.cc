// The SIGSEGV handler. Only async-signal-safe calls below fault().

#include "fiber/overflow.h"

#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstring>
#include <new>

#include "base/check.h"
#include "base/lock.h"
#include "base/signals.h"
#include "fiber/fiber.h"

namespace heddle {

namespace {

constexpr std::size_t kSignalStackBytes = 64 * 1024;

struct sigaction before_us;
Lock install_lock;
bool installed = false;

// Text without stdio, which may not be called from a signal handler.
class Line {
 public:
  void add(char const* text) {
    while (*text != '\0' && length_ < sizeof(text_)) text_[length_++] = *text++;
  }
  void add(std::size_t number) {
    char digits[24];
    std::size_t n = sizeof(digits);
    digits[--n] = '\0';
    do {
      digits[--n] = char('0' + number % 10);
      number /= 10;
    } while (number != 0);
    add(digits + n);
  }
  void write_to_stderr() const { (void)!write(STDERR_FILENO, text_, length_); }

 private:
  char text_[256];
  std::size_t length_ = 0;
};

void fault(int number, siginfo_t* info, void* context) {
  Fiber const* fiber = Fiber::running();
  if (fiber != nullptr && fiber->is_overflow(info->si_addr)) {
    Line line;
    line.add("heddle: fiber stack overflow: fiber ");
    line.add(fiber->id());
    line.add(" has a stack of ");
    line.add(fiber->stack_bytes());
    line.add(" bytes; make it larger with the scheduler's stackSize option\n");
    line.write_to_stderr();
    signal(number, SIG_DFL);  // Returning faults again, and that one kills with the right status.
    return;
  }
  pass_on_signal(before_us, number, info, context);
}

// A thread that a child of fork() does not have may have held the lock, and got anywhere.
[[gnu::constructor]] void unlock_in_children() {
  CHECK(pthread_atfork(nullptr, nullptr, [] { new (&install_lock) Lock; }) == 0);
}

}  // namespace

void install_overflow_handler() {
  LockGuard guarded(install_lock);
  if (installed) return;
  struct sigaction now;
  CHECK(sigaction(SIGSEGV, nullptr, &now) == 0);
  installed = (now.sa_flags & SA_SIGINFO) != 0 && now.sa_sigaction == fault;
  if (installed) return;
  before_us = now;  // First: a fault may come as soon as ours is in place.
  struct sigaction ours;
  std::memset(&ours, 0, sizeof ours);
  ours.sa_sigaction = fault;
  ours.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigemptyset(&ours.sa_mask);
  CHECK(sigaction(SIGSEGV, &ours, nullptr) == 0);
  installed = true;  // Last: a fork that comes before finds it undone, and does it again.
}

SignalStack::SignalStack() {
  memory_ = mmap(nullptr, kSignalStackBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
                 -1, 0);
  if (memory_ == MAP_FAILED) {
    memory_ = nullptr;  // An overflow then dies without its message; nothing else changes.
    return;
  }
  stack_t stack{};
  stack.ss_sp = memory_;
  stack.ss_size = kSignalStackBytes;
  CHECK(sigaltstack(&stack, &before_) == 0);
}

SignalStack::~SignalStack() {
  if (memory_ == nullptr) return;
  CHECK(sigaltstack(&before_, nullptr) == 0);
  munmap(memory_, kSignalStackBytes);
}

}  // namespace heddle
