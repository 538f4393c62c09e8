// The SIGBUS handler. Only async-signal-safe calls below handle().

#include "io/bus_error.h"

#include <pthread.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <new>

#include "base/check.h"
#include "base/signals.h"

namespace heddle {

constinit MappedFileRanges mapped_file_ranges;

namespace {

constexpr std::uint32_t kActionsMax = 8;

// What ours has replaced. Each is written once, before anybody can come to it.
struct sigaction before_us[kActionsMax];
std::uint32_t action_count = 0;
Atomic<std::uint32_t> newest{0};

Lock install_lock;  // Guards the three above.
Lock mend_lock;     // Z1
std::uintptr_t page_bytes = 0;

// This thread has been passing a signal on to the newest of them. Not before there are two.
thread_local bool is_passing_on = false;

// Any system call that reads memory tells; this one then refuses its first argument.
bool is_readable(std::uintptr_t page) {
  constexpr long kNothing = -1;
  constexpr long kSetBytes = 8;
  return syscall(SYS_rt_sigprocmask, kNothing, page, 0L, kSetBytes) != 0 && errno == EINVAL;
}

// Raw, as a sanitizer would take it for a write, and for a race with whoever has read before.
bool replace(std::uintptr_t begin, std::uintptr_t end) {
  constexpr long kAccess = PROT_READ | PROT_WRITE;
  constexpr long kFlags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE;
  return syscall(SYS_mmap, begin, end - begin, kAccess, kFlags, -1L, 0L) == long(begin);
}

// Puts zeros where nothing can be read. False: it is none of our business.
bool mend(std::uintptr_t address) {
  auto const found = mapped_file_ranges.find(address);
  if (!found) return false;
  std::uintptr_t const page = address & ~(page_bytes - 1);
  LockGuard const guard(mend_lock);
  if (is_readable(page)) return true;  // Mended by another thread, or the file has grown again.
  mapped_file_ranges.miss(found->index);
  // A page takes a mapping of its own. Where there can be no more of them, the rest goes at once.
  return replace(page, page + page_bytes) || replace(page, found->end);
}

bool is_missing_page(siginfo_t const& info) {
  return info.si_code == BUS_ADRERR || info.si_code == BUS_MCEERR_AR;
}

void pass_on(int number, siginfo_t* info, void* context) {
  // Acquire pairs with install_bus_error_handler(): the action.
  std::uint32_t const last = newest.load(acquire);
  if (last == 0 || is_passing_on) return pass_on_signal(before_us[0], number, info, context);
  is_passing_on = true;  // Z3
  pass_on_signal(before_us[last], number, info, context);
  is_passing_on = false;
}

void handle(int number, siginfo_t* info, void* context) {
  int const error = errno;
  bool const is_ours = is_missing_page(*info) &&
                       mend(reinterpret_cast<std::uintptr_t>(info->si_addr));
  errno = error;
  if (!is_ours) pass_on(number, info, context);
}

bool is_same(struct sigaction const& a, struct sigaction const& b) {
  // Both kinds of handler are one word.
  return a.sa_sigaction == b.sa_sigaction && ((a.sa_flags ^ b.sa_flags) & SA_SIGINFO) == 0;
}

// Where there are too many, those that we know are asked.
void remember(struct sigaction const& action) {
  for (std::uint32_t i = 0; i < action_count; ++i) {
    // Release pairs with pass_on(), here and below.
    if (is_same(before_us[i], action)) return newest.store(i, release);
  }
  if (action_count == kActionsMax) return;
  before_us[action_count] = action;
  newest.store(action_count++, release);
}

// A thread that a child of fork() does not have may have held a lock.
[[gnu::constructor]] void unlock_in_children() {
  CHECK(pthread_atfork(nullptr, nullptr, [] {
          new (&install_lock) Lock;
          new (&mend_lock) Lock;
          mapped_file_ranges.unlock_in_child();
        }) == 0);
}

}  // namespace

void install_bus_error_handler() {
  LockGuard const guard(install_lock);
  if (page_bytes == 0) page_bytes = std::uintptr_t(sysconf(_SC_PAGESIZE));
  CHECK(page_bytes > 0 && page_bytes % MappedFileRanges::kUnit == 0);
  struct sigaction ours = {};
  ours.sa_sigaction = handle;
  ours.sa_flags = SA_SIGINFO | SA_ONSTACK;
  sigfillset(&ours.sa_mask);  // Z2
  struct sigaction now;
  CHECK(sigaction(SIGBUS, nullptr, &now) == 0);
  if (is_same(now, ours)) return;
  remember(now);  // First: a fault may come as soon as ours is in place.
  CHECK(sigaction(SIGBUS, &ours, nullptr) == 0);
}

}  // namespace heddle
