// madvise(2), a step at a time: one is read while the step before it is mapped.

#include "io/populate.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace heddle {

namespace {

constexpr std::size_t kStepBytes = 1024 * 1024;  // Milliseconds, after which an interrupt is seen.

constexpr int kPopulateRead = 22;  // MADV_POPULATE_READ, Linux 5.14; our headers may be older.

// Starts reading, whatever advice the mapping was given. It waits for nothing.
void announce(std::byte* begin, std::size_t bytes) {
  (void)madvise(begin, bytes, MADV_WILLNEED);
}

// What is not there to be read becomes zeros: bus_error.h.
void touch(std::byte const* begin, std::size_t bytes) {
  auto const page_bytes = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  for (std::size_t i = 0; i < bytes; i += page_bytes) {
    (void)*static_cast<std::byte const volatile*>(begin + i);
  }
}

std::int64_t bring_in(std::byte* begin, std::size_t bytes) {
  if (madvise(begin, bytes, kPopulateRead) == 0) return 0;
  if (errno != EINVAL) return -errno;
  touch(begin, bytes);  // A kernel that does not know it.
  return 0;
}

}  // namespace

std::int64_t populate(std::byte* begin, std::size_t bytes, Interruptible const& self) {
  std::int64_t missing = 0;
  announce(begin, std::min(bytes, kStepBytes));
  while (bytes > 0) {
    if (self.interrupted()) return -ECANCELED;
    std::size_t const step = std::min(bytes, kStepBytes);
    bytes -= step;
    if (bytes > 0) announce(begin + step, std::min(bytes, kStepBytes));
    std::int64_t const result = bring_in(begin, step);
    if (result == -EFAULT) {
      missing = result;
    } else if (result < 0) {
      return result;
    }
    begin += step;
  }
  return missing;
}

}  // namespace heddle
