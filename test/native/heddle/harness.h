#pragma once
// What the tests of the algorithms share: every one runs on 1 to 8 workers.

#include <cstddef>
#include <cstdint>

#include "heddle/kernel_context.h"
#include "heddle/scheduler.h"
#include "sched/harness.h"

namespace heddle::test {

// The frames of sanitized builds, and of the standard library's algorithms in them, are several
// times as large.
#ifdef NDEBUG
inline constexpr std::size_t kStackBytes = 64 * 1024;
#else
inline constexpr std::size_t kStackBytes = 256 * 1024;
#endif

// Calls body(t) as a root, for each number of workers.
template <class Body>
void on_workers(Body body) {
  for (std::uint32_t threads : {1u, 2u, 3u, 8u}) {
    Started scheduler({.threads = threads, .stack_bytes = kStackBytes});
    run(*scheduler, body);
  }
}

// A number that looks random, the same on every machine.
inline std::uint64_t mix(std::uint64_t x) {
  x += 0x9e3779b97f4a7c15u;
  x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
  x = (x ^ x >> 27) * 0x94d049bb133111ebu;
  return x ^ x >> 31;
}

}  // namespace heddle::test
