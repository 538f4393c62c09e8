#pragma once
// Who sits at a worker: the native thread that it began with, or an isolate of JavaScript. Never
// two.
//
//   state      meaning                                         left by
//   kNative    the native thread runs the worker's loop        ask; the thread, when stopped
//   kAsked     the same, and an isolate waits for the seat     the thread: offers it, or is
//   stopped;
//                                                              withdraw
//   kOffered   nobody sits, and the isolate has been rung      sit; withdraw and stop, which start
//                                                              the native thread again
//   kIsolate   the isolate runs the loop, in turns             the isolate, when stopped; withdraw
//   kEmpty     before the start; after the stop: nobody sits   start
//
// Rules, cited below by name:
//   T1  The native thread leaves only when its worker has no fiber that lives (C8). An isolate that
//       dies cannot wait for that: then a new thread goes on with the worker's fibers.
//   T2  The bell is rung under its lock, and never after silence(): what it rings may be gone then.

#include <cstdint>
#include <utility>

#include "base/atomic.h"
#include "base/futex.h"
#include "base/lock.h"

namespace heddle {

class Seat {
 public:
  enum State : std::uint32_t { kNative, kAsked, kOffered, kIsolate, kEmpty };

  // Has an isolate's event loop call back, soon. Any thread.
  struct Bell {
    void (*ring)(void* arg) = nullptr;
    void* arg = nullptr;
  };

  // Acquire pairs with change(): all that who sat here before has left in the worker.
  State state() const { return State(state_.load(acquire)); }

  // False: it was in another state. Whoever may, by the table.
  [[nodiscard]] bool change(State from, State to) {
    std::uint32_t expected = from;
    // Release pairs with state() and the acquire here.
    if (!state_.compare_exchange_strong(expected, to, acq_rel, relaxed)) return false;
    futex_wake(state_, ~0u >> 1);
    return true;
  }

  // Waits until it is in another state, at most until the deadline. Any thread that may block.
  void await_change(State from, std::uint64_t deadline_ns) {
    (void)futex_wait_until(state_, from, deadline_ns);
  }

  void set_bell(Bell bell) {
    LockGuard const guarded(lock_);
    bell_ = bell;
  }
  void silence() { set_bell({}); }

  void ring() {
    LockGuard const guarded(lock_);
    if (bell_.ring != nullptr) bell_.ring(bell_.arg);
  }

 private:
  Atomic<std::uint32_t> state_{kEmpty};
  Lock lock_;  // T2
  Bell bell_;
};

}  // namespace heddle
