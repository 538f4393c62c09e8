#pragma once
// A clock for hot paths: the processor's own counter, without a call and without a unit.
//
// now_ns() is for deadlines. This one is for "has it taken about four microseconds?".

#include <cstdint>

namespace heddle {

// Never goes back on one processor, and runs at one rate whatever the processor's own is. About
// 25 ns. Any thread.
inline std::uint64_t ticks() {
#if defined(__x86_64__)
  return __builtin_ia32_rdtsc();
#elif defined(__aarch64__)
  std::uint64_t now;
  asm volatile("mrs %0, cntvct_el0" : "=r"(now));
  return now;
#else
#error "no ticks for this architecture yet"
#endif
}

// How many ticks are about so many nanoseconds: within a factor of two. Any thread.
inline std::uint64_t ticks_of(std::uint64_t nanoseconds) {
#if defined(__x86_64__)
  return nanoseconds * 3;  // 2 to 4 GHz. Exact would mean asking the kernel, or waiting.
#else
  std::uint64_t hertz;
  asm volatile("mrs %0, cntfrq_el0" : "=r"(hertz));
  return nanoseconds * (hertz / 1'000'000) / 1000;
#endif
}

}  // namespace heddle
