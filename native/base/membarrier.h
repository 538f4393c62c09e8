#pragma once
// A fence in every thread of the process, issued by one of them.
//
// With compiler_barrier() it makes an asymmetric fence: the frequent side pays nothing
// and the rare side pays for both. For a barrier B here and a compiler_barrier() C in
// another thread, either all that came before C is visible after B, or all that came
// before B is visible after C. Measured: 0.3 us when the others sleep, 3 us when they run.

#include "base/result.h"

#ifdef HEDDLE_MODEL

#include "model/fence.h"

namespace heddle {

using model::membarrier;

}  // namespace heddle

#else

#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/check.h"

namespace heddle {

// Once per process, before the first membarrier(); again does no harm. Fails where the
// kernel (before 4.14) or its policy refuses. Any thread.
inline Result<void> membarrier_register() {
  if (syscall(SYS_membarrier, MEMBARRIER_CMD_REGISTER_PRIVATE_EXPEDITED, 0, 0) != 0) {
    return last_error();
  }
  return {};
}

// Begins it on another thread, once: for a process that has threads already the kernel waits until
// every processor has switched, 5 to 15 ms. membarrier_register() is quick when that is done. Any
// thread.
void membarrier_register_ahead();

// Only after membarrier_register() has succeeded. Any thread.
inline void membarrier() {
  CHECK(syscall(SYS_membarrier, MEMBARRIER_CMD_PRIVATE_EXPEDITED, 0, 0) == 0);
}

}  // namespace heddle

#endif
