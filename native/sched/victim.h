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
//   help          a thief         steal: what the owner has not shared in time is shared now
//   has_shared    who will sleep  membarrier; find_private; sleep, if there is neither
//
// Rules, cited below by name:
//   D1  What a fiber has shared can be found at any time: as the current one, or listed. It is
//       listed before it leaves; a thief that finds it empty takes it off; what it shares
//       afterwards it shares as the current one, or it is listed again.
//   D2  A thief that takes the last shared task asks for more if anybody is hungry, and so does
//       the worker when it enters a fiber, after it has become the current one. Who becomes
//       hungry later asks by itself: is_hungry() and park() are in one order. (An owner that
//       takes its own task back need not ask: whoever was woken for it looks, and asks.)
//   D3  Who will sleep has asked, and issued a membarrier, before it looks for private tasks. So
//       either it sees a task that was pushed, or that push has seen the demand.

#include <cstdint>

#include "base/atomic.h"
#include "base/list.h"
#include "base/lock.h"
#include "sched/sleepers.h"
#include "sched/split_deque.h"

namespace heddle {

// Claims a task, and asks for more where none is left. True in `for_others`: it has asked for
// others, who may sleep beside what the owner had pushed before; a searcher's found() sees to that,
// who is none calls wake_for_rest() (scheduler.h). Any thread but the owner.
template <class Stack, class Record>
Steal claim(Stack& stack, Record*& out, Sleepers& sleepers, bool& for_others) {
  Steal const outcome = stack.deque.steal(out);
  if (outcome == Steal::Lost || stack.deque.has_shared()) return outcome;
  // D2. Who finds nothing is hungry itself. Listed, the stack may be about to run again.
  for_others = outcome == Steal::Taken && sleepers.is_hungry();
  if (outcome == Steal::Empty || for_others || stack.deque.is_helped_by_owner()) stack.deque.ask();
  return outcome;
}

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

  // The fiber will leave with tasks that are shared (D1); wake a thief then.
  void list(Stack& stack) {
    LockGuard guarded(lock_);
    if (stack.is_listed) return;
    stack.is_listed = true;
    listed_.push_back(stack);
    listed_count_.store(listed_count_.load(relaxed) + 1, relaxed);
  }

  // Claims a task of a stack that the caller may take from; says which. Any thread.
  template <class MayTake>
  Steal steal(Record*& out, Stack*& from, Sleepers& sleepers, MayTake const& may_take) {
    // Acquire pairs with enter(). It may run no more: then it is empty, or listed.
    from = current_.load(acquire);
    bool for_others = false;
    if (from != nullptr && may_take(*from)) {
      Steal const outcome = claim(*from, out, sleepers, for_others);
      if (outcome != Steal::Empty) return outcome;
    }
    if (listed_count_.load(relaxed) == 0) return Steal::Empty;
    LockGuard guarded(lock_);
    from = first_listed(may_take);
    return from != nullptr ? claim(*from, out, sleepers, for_others) : Steal::Empty;
  }

  // Shares tasks for an owner that has not answered. True if it did. Any thread but the owner's.
  template <class MayTake>
  bool help(MayTake const& may_take) {
    // Acquire as in steal().
    Stack* const stack = current_.load(acquire);
    return stack != nullptr && may_take(*stack) && stack->deque.share_for();
  }

  // True if steal() would find something; else it asks. Any thread.
  template <class MayTake>
  bool has_shared(MayTake const& may_take) {
    // Acquire as in steal().
    Stack* const stack = current_.load(acquire);
    if (stack != nullptr && may_take(*stack)) {
      if (stack->deque.has_shared()) return true;
      stack->deque.ask();
    }
    if (listed_count_.load(relaxed) == 0) return false;
    LockGuard guarded(lock_);
    return first_listed(may_take) != nullptr;
  }

  // True if a fiber runs here. Any thread. Relaxed: who must not miss enter() has an RMW between.
  bool is_entered() const { return current_.load(relaxed) != nullptr; }

  // Where help() may find something, or nullptr. Any thread, after has_shared() and a membarrier
  // (D3).
  template <class MayTake>
  Stack* find_private(MayTake const& may_take) {
    // Acquire as in steal().
    Stack* const stack = current_.load(acquire);
    bool const found = stack != nullptr && may_take(*stack) && stack->deque.has_private();
    return found ? stack : nullptr;
  }

 private:
  // The oldest with something to steal that may be taken, or nullptr. Under the lock.
  template <class MayTake>
  Stack* first_listed(MayTake const& may_take) {
    Queue<Stack> passed_over;
    Stack* found = nullptr;
    while (found == nullptr && listed_.front() != nullptr) {
      Stack* const stack = listed_.front();
      if (!stack->deque.has_shared()) {
        (void)listed_.pop_front();
        stack->is_listed = false;
        listed_count_.store(listed_count_.load(relaxed) - 1, relaxed);
      } else if (may_take(*stack)) {
        found = stack;
      } else {
        passed_over.push_back(*listed_.pop_front());
      }
    }
    passed_over.append(std::move(listed_));
    listed_ = std::move(passed_over);
    return found;
  }

  alignas(64) Atomic<Stack*> current_{nullptr};
  // Written under the lock, read without it. Relaxed: as has_work() in run_queue.h.
  Atomic<std::uint32_t> listed_count_{0};
  Lock lock_;
  Queue<Stack> listed_;
};

}  // namespace heddle
