// Registering ahead of time, on a thread of its own.

#include "base/membarrier.h"

#ifndef HEDDLE_MODEL

#include "base/atomic.h"
#include "base/thread.h"

namespace heddle {

void membarrier_register_ahead() {
  static Atomic<bool> is_begun{false};
  // Relaxed: whoever comes second does nothing.
  if (is_begun.exchange(true, relaxed)) return;
  // Never joined, as nobody waits for it: it ends by itself.
  static Thread& thread = *new Thread;
  // No thread: then who registers waits.
  (void)thread.start(
      "heddle/register", [](void*) { (void)membarrier_register(); }, nullptr);
}

}  // namespace heddle

#endif
