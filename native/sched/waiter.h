#pragma once
// Who waits: a fiber that has left its stack, or a thread that sits in no worker. It is what Mutex,
// ConditionVariable, Semaphore and Event put on their lists; SYNC.md has them side by side.
//
//   who waits                                  who wakes
//     leaves its stack
//     enlists itself, or need not wait
//                                                takes it off the list
//     goes on                                    wake()
//
// Rules, cited below by name:
//   A1  A fiber has left its stack before it is on a list: enlisting is done on its worker's own
//       stack. So whoever finds it may resume it.
//   A2  Whoever takes a waiter off its list wakes it, once.
//   A3  A waiter lies on the stack of the one who waits, so it may be gone as soon as it is woken.
//   A4  A plain job never waits. It runs on its worker's own stack, so the worker would sleep, and
//       with it every fiber that could end the wait.

#include <cstdint>
#include <utility>

#include "base/atomic.h"
#include "base/check.h"
#include "base/futex.h"
#include "base/list.h"
#include "sched/suspend.h"

namespace heddle {

// A thread's place to sleep while it waits. It lasts as long as its thread.
class Parker {
 public:
  // Sleeps until wake(), which comes once for each time. Its own thread.
  void park() {
    // Acquire pairs with wake(): what was done before it.
    while (token_.exchange(0, acquire) == 0) futex_wait(token_, 0);
  }

  // Any thread.
  void wake() {
    // Release pairs with park().
    token_.store(1, release);
    // The thread may have ended. Then this wakes nobody: the kernel takes the address as a number.
    futex_wake(token_, 1);
  }

 private:
  Atomic<std::uint32_t> token_{0};
};

// The calling thread's. Not on a fiber.
Parker& own_parker();

// False in a plain job, and wherever else a worker runs on its own stack (A4). Any thread.
bool may_wait();

class Waiter {
 public:
  // Calls enlist() where A1 has it. When that returns false, goes on at once; else when woken. May
  // be called again then.
  template <class Enlist>
  void wait(Enlist enlist) {
    CHECK(may_wait() && "a plain job must not wait: it has no fiber to suspend");
    if (on_fiber()) {
      Leaving<Enlist> leaving{*this, enlist};
      suspend(leave<Enlist>, &leaving);
    } else {
      parker_ = &own_parker();
      if (enlist()) parker_->park();
    }
  }

  // Whoever took it off its list (A2, A3). Any thread.
  void wake() {
    if (Fiber* fiber = fiber_) {
      resume(*fiber);
    } else {
      parker_->wake();
    }
  }

  // The same for many, the first of the list first; workers are woken once each. Any thread.
  static void wake_all(Queue<Waiter>&& waiters) {
    Queue<Fiber> fibers;
    while (Waiter* waiter = waiters.pop_front()) {
      if (Fiber* fiber = waiter->fiber_) {
        fibers.push_back(*fiber);
      } else {
        waiter->parker_->wake();
      }
    }
    resume_all(fibers);
  }

  Plain<Waiter*> next = nullptr;  // For the list that holds it.

 private:
  template <class Enlist>
  struct Leaving {
    Waiter& waiter;
    Enlist& enlist;
  };

  template <class Enlist>
  static void leave(Fiber& self, void* arg) {
    // On the fiber's stack, but it is only this worker that could let it run on.
    auto& leaving = *static_cast<Leaving<Enlist>*>(arg);
    leaving.waiter.fiber_ = &self;
    if (!leaving.enlist()) resume(self);
  }

  Plain<Fiber*> fiber_ = nullptr;
  Parker* parker_ = nullptr;  // Where there is no fiber.
};

}  // namespace heddle
