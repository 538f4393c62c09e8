#pragma once
// What thieves see of a worker: the task stack of the fiber that it runs, and those of its fibers
// that have suspended between fork and join (C6).
//
// This is where demand is made and met; README.md has the protocol and its proof.
//
// Operation     By              Then
//   enter         the worker      the fiber runs
//   leave         the worker      the fiber has left; its stack is empty or listed
//   list          the worker      the fiber leaves
//   steal         a thief         run the task
//   has_shared    who will sleep  sleep, if there is none: its demand stands
//
// Rules, cited below by name:
//   D1  What a fiber has shared can be found at any time: as the current one, or listed. It is
//       listed before it leaves; a thief that finds it empty takes it off; what it shares
//       afterwards it shares as the current one, or it is listed again.
//   D2  A thief that takes the last shared task asks for more if anybody is hungry, and so does
//       the worker when it enters a fiber, after it has become the current one. Who becomes
//       hungry later asks by itself: is_hungry() and park() are in one order. (An owner that
//       takes its own task back need not ask: whoever was woken for it looks, and asks.)

#include <cstdint>

#include "base/atomic.h"
#include "base/list.h"
#include "base/lock.h"
#include "sched/sleepers.h"
#include "sched/split_deque.h"

namespace heddle {

// Stack: a task stack, with its `deque`, `next` and `is_listed`.
template <class Stack, class Record>
class Victim {
 public:
  // The fiber of this task stack is about to run.
  void enter(Stack& stack, Sleepers& sleepers) {
    stack.deque.withdraw();
    // Release pairs with the loads in steal() and has_shared(): the task stack's header.
    current_.store(&stack, release);
    if (sleepers.is_hungry() && !stack.deque.has_shared()) stack.deque.ask();  // D2
  }

  // It runs no more. Thieves that still look at it do no harm: the memory stays.
  void leave() { current_.store(nullptr, relaxed); }

  // The fiber will leave with tasks that are shared (D1). Wakes a thief.
  void list(Stack& stack, Sleepers& sleepers) {
    {
      LockGuard guarded(lock_);
      if (!stack.is_listed) {
        stack.is_listed = true;
        listed_.push_back(stack);
        listed_count_.store(listed_count_.load(relaxed) + 1, relaxed);
      }
    }
    sleepers.wake_one(Takers::WithFiber);
  }

  // Claims a task, and asks for more where none is left. Any thread.
  Steal steal(Record*& out, Sleepers& sleepers) {
    // Acquire pairs with enter(). It may run no more: then it is empty, or listed.
    if (Stack* stack = current_.load(acquire)) {
      Steal const outcome = claim(*stack, out, sleepers);
      if (outcome != Steal::Empty) return outcome;
    }
    if (listed_count_.load(relaxed) == 0) return Steal::Empty;
    LockGuard guarded(lock_);
    Stack* const stack = first_listed();
    return stack != nullptr ? claim(*stack, out, sleepers) : Steal::Empty;
  }

  // True if steal() would find something; else it asks. Any thread.
  bool has_shared() {
    // Acquire as in steal().
    if (Stack* stack = current_.load(acquire)) {
      if (stack->deque.has_shared()) return true;
      stack->deque.ask();
    }
    if (listed_count_.load(relaxed) == 0) return false;
    LockGuard guarded(lock_);
    return first_listed() != nullptr;
  }

 private:
  static Steal claim(Stack& stack, Record*& out, Sleepers& sleepers) {
    Steal const outcome = stack.deque.steal(out);
    if (outcome == Steal::Lost || stack.deque.has_shared()) return outcome;
    // D2. Who finds nothing is hungry itself. Listed, the stack may be about to run again.
    if (outcome == Steal::Empty || sleepers.is_hungry()) stack.deque.ask();
    return outcome;
  }

  // The oldest with something to steal, or nullptr. Under the lock.
  Stack* first_listed() {
    while (Stack* stack = listed_.front()) {
      if (stack->deque.has_shared()) return stack;
      (void)listed_.pop_front();
      stack->is_listed = false;
      listed_count_.store(listed_count_.load(relaxed) - 1, relaxed);
    }
    return nullptr;
  }

  alignas(64) Atomic<Stack*> current_{nullptr};
  // Written under the lock, read without it. Relaxed: as has_work() in run_queue.h.
  Atomic<std::uint32_t> listed_count_{0};
  Lock lock_;
  Queue<Stack> listed_;
};

}  // namespace heddle
