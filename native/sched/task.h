#pragma once
// A forked child: one call, its arguments and its result, in one cache line of a task stack.
//
// State is one word. Who may leave a state, and how (C1: after the claim every change is an
// exchange, so that a thief that is preempted never overwrites the waiter):
//
//   word         meaning                                  left by
//   kForked      shared; claimed or not                   the waiter (CAS) or the thief (exchange)
//   a Fiber*     stolen, and that fiber waits for it      the thief (exchange)
//   a seat + 2   stolen, and the isolate there waits      the thief (exchange)
//   kDone        the result is in the payload             nobody: the owner refills the record
//
// Only a stolen task's state is ever looked at: what the owner takes back it simply calls. So it is
// written when the record is shared, and a fork has one store less to do.

#include <cstddef>
#include <cstdint>

#include "base/atomic.h"

namespace heddle {

class Fiber;
class KernelContext;
class TaskStack;

inline constexpr std::size_t kPayloadBytes = 40;

struct alignas(64) Task {
  static constexpr std::uintptr_t kForked = 0;
  static constexpr std::uintptr_t kDone = 1;
  static constexpr std::uintptr_t kSeat = 2;  // Added to the address of one.

  // Calls the function with the arguments in the payload and leaves the result there. The context
  // is that of the stack that it runs on.
  using Run = void (*)(Task& self, KernelContext t);

  Run run;
  Atomic<std::uintptr_t> state;
  Atomic<TaskStack*> thief;  // Whose fiber runs it, for leapfrogging; or null, not yet known.
  alignas(8) std::byte payload[kPayloadBytes];

  // For who shares it, before anybody can claim it. Relaxed: share() in split_deque.h publishes it.
  void prepare() {
    state.store(kForked, relaxed);
    thief.store(nullptr, relaxed);
  }
};
#ifndef HEDDLE_MODEL  // Its atomics are larger.
static_assert(sizeof(Task) == 64);
static_assert(offsetof(Task, state) == 8);
static_assert(offsetof(Task, thief) == 16);
static_assert(offsetof(Task, payload) == 24);
#endif

// Who waits for a task: a fiber, an isolate in its seat, or nobody.
struct TaskWaiter {
  bool is_seat() const { return (word & Task::kSeat) != 0; }
  void* seat() const { return reinterpret_cast<void*>(word - Task::kSeat); }
  Fiber* fiber() const { return reinterpret_cast<Fiber*>(word); }

  std::uintptr_t word;
};

// The thief's last touch of a record.
inline TaskWaiter finish(Task& task) {
  // Release publishes the payload to is_done() and await_task(); acquire pairs with
  // await_task(): the waiting fiber, which the thief goes on to resume, is wholly in memory.
  return {task.state.exchange(Task::kDone, acq_rel)};
}

// True once the result may be read. Owner only.
inline bool is_done(Task const& task) {
  // Acquire pairs with finish(): the payload.
  return task.state.load(acquire) == Task::kDone;
}

// Marks the task as waited for by a fiber that has left its stack. False: it is done already.
// Owner's worker only, on the worker's own stack.
inline bool await_task(Task& task, Fiber& fiber) {
  std::uintptr_t expected = Task::kForked;
  // Release hands the suspended fiber to finish(). Relaxed on failure: the fiber is resumed, and
  // looks by is_done() before it takes the result.
  return task.state.compare_exchange_strong(expected, reinterpret_cast<std::uintptr_t>(&fiber),
                                            release, relaxed);
}

// The same for an isolate, which is woken in its seat and stays where it is. Its thread only.
inline bool await_task_in(Task& task, void* seat) {
  std::uintptr_t expected = Task::kForked;
  // Relaxed: it hands over nothing. As above on failure.
  return task.state.compare_exchange_strong(expected,
                                            reinterpret_cast<std::uintptr_t>(seat) + Task::kSeat,
                                            relaxed, relaxed);
}

}  // namespace heddle
