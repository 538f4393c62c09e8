#pragma once
// What one tells the processor while spinning.

#ifdef HEDDLE_MODEL
#include "model/fence.h"
#endif

namespace heddle {

// Once in every turn of a spin loop: lets the other hyperthread run (18 to 25 ns on
// x86-64). In the model: do not run me again before the others have moved. Any thread.
#if defined(HEDDLE_MODEL)
inline void cpu_relax(model::Site site = model::Site::here()) {
  model::yield(site);
}
#elif defined(__x86_64__)
inline void cpu_relax() {
  __builtin_ia32_pause();
}
#elif defined(__aarch64__)
// Not `yield`, which most cores ignore.
inline void cpu_relax() {
  asm volatile("isb" ::: "memory");
}
#else
#error "no cpu_relax for this architecture yet"
#endif

}  // namespace heddle
