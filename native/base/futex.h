#pragma once
// Sleeping on a 32-bit word, and waking who sleeps there: the core's only blocking call.
//
// The kernel looks at the word and goes to sleep as one step, in one order with every
// wake of that word. So a waker that first changes the word and then wakes cannot be
// missed. That order covers the word alone: whoever returns from a wait must load what
// it waited for, with the order it needs, and be ready to wait again.

#include <cstdint>

#include "base/atomic.h"

#ifdef HEDDLE_MODEL

#include "model/futex.h"

namespace heddle {

using model::futex_wait;
using model::futex_wait_until;
using model::futex_wake;

}  // namespace heddle

#else

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>

#include "base/check.h"
#include "base/clock.h"

namespace heddle {

namespace detail {

static_assert(sizeof(Atomic<std::uint32_t>) == sizeof(std::uint32_t), "the kernel reads it");

// Private: no word is shared between processes, so the kernel need not look up a page.
inline long futex(Atomic<std::uint32_t>& word, int operation, std::uint32_t value,
                  timespec const* deadline) {
  return syscall(SYS_futex, &word, operation | FUTEX_PRIVATE_FLAG, value, deadline, nullptr,
                 FUTEX_BITSET_MATCH_ANY);
}

}  // namespace detail

// Sleeps while `word` holds `expected`. Returns on a wake, on a mismatch, or for no
// reason at all. Any thread that may block.
inline void futex_wait(Atomic<std::uint32_t>& word, std::uint32_t expected) {
  if (detail::futex(word, FUTEX_WAIT, expected, nullptr) == 0) return;
  CHECK(errno == EAGAIN || errno == EINTR);
}

// The same, until `deadline_ns` on the clock of now_ns(). False when it has passed;
// true says nothing about the word. Any thread that may block.
[[nodiscard]] inline bool futex_wait_until(Atomic<std::uint32_t>& word, std::uint32_t expected,
                                           std::uint64_t deadline_ns) {
  timespec const deadline{static_cast<std::time_t>(deadline_ns / kNanosecondsPerSecond),
                          static_cast<long>(deadline_ns % kNanosecondsPerSecond)};
  // WAIT takes a duration, WAIT_BITSET a point in time: no drift over retries.
  if (detail::futex(word, FUTEX_WAIT_BITSET, expected, &deadline) == 0) return true;
  CHECK(errno == EAGAIN || errno == EINTR || errno == ETIMEDOUT);
  return errno != ETIMEDOUT;
}

// Wakes at most `count` sleepers and returns how many it woke. Change the word first.
// Any thread.
inline std::uint32_t futex_wake(Atomic<std::uint32_t>& word, std::uint32_t count) {
  long woken = detail::futex(word, FUTEX_WAKE, count, nullptr);
  CHECK(woken >= 0);
  return static_cast<std::uint32_t>(woken);
}

}  // namespace heddle

#endif
