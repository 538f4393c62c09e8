#pragma once
// A fiber's task stack: its split deque, what is found beyond its end, and what it inherits from
// its root.
//
// It lies in the fiber's tail. A push that finds the deque full runs the child at once; the
// result waits in an Overflow until its join, which the blocked join limit sends to the slow
// path. So recursion may be deeper than the task stack, and the fast path never asks.

#include <cstddef>
#include <new>

#include "fiber/fiber.h"
#include "sched/abilities.h"
#include "sched/lane.h"
#include "sched/split_deque.h"
#include "sched/task.h"

namespace heddle {

class alignas(64) TaskStack {
 public:
  static std::size_t bytes(std::uint32_t capacity) {
    return sizeof(TaskStack) + (std::size_t{capacity} + 1) * sizeof(Task);
  }

  // In the fiber's tail, once; the memory lives as long as the scheduler.
  static TaskStack& make(Fiber& fiber, StackClass stack_class, std::uint32_t capacity,
                         Helping helping) {
    return *new (fiber.tail()) TaskStack(fiber, stack_class, capacity, helping);
  }
  static TaskStack& of(Fiber& fiber) { return *static_cast<TaskStack*>(fiber.tail()); }
  static TaskStack& of(SplitDeque<Task>& deque) {
    auto* at = reinterpret_cast<std::byte*>(&deque);
    return *std::launder(reinterpret_cast<TaskStack*>(at - offset_of_deque()));
  }

  // What thieves inherit. The fiber's worker writes it before the fiber forks; relaxed, since who
  // has claimed a task has acquired it, and who has not looks again when it has.
  Lane lane() const { return lane_.load(relaxed); }
  Atomic<bool> const* cancel() const { return cancel_.load(relaxed); }
  void inherit(Lane lane, Atomic<bool> const* cancel) {
    lane_.store(lane, relaxed);
    cancel_.store(cancel, relaxed);
  }

  // What a worker needs to take a task of it: as large a stack as its root has, and its lane.
  Abilities needs() const {
    return (stack_class == StackClass::Normal ? kFiber : kLargeFiber) |
           (lane() == Lane::Background ? kForBackground : kNothing);
  }

  // Runs the task in the spare slot, for a push that found the deque full, and keeps its result.
  void run_overflow();

  // The task whose join comes next is beyond the end: run, and its result kept.
  bool has_overflow() const { return overflow_ != nullptr; }
  Task& newest_overflow() { return overflow_->task; }
  void drop_overflow();

  Fiber& fiber;
  StackClass const stack_class;
  std::uint32_t leapfrogs = 0;  // How many stolen tasks run on top of one another. Owner only.

  // For its worker's Victim, under whose lock they are.
  Plain<TaskStack*> next = nullptr;
  Plain<bool> is_listed = false;

 private:
  struct Overflow {
    Task task;
    Overflow* below;
  };

  TaskStack(Fiber& of, StackClass with, std::uint32_t capacity, Helping helping)
      : fiber(of), stack_class(with), deque(capacity, helping) {}

  static constexpr std::size_t offset_of_deque();

  Atomic<Lane> lane_{Lane::Normal};
  Atomic<Atomic<bool> const*> cancel_{nullptr};
  Overflow* overflow_ = nullptr;

 public:
  SplitDeque<Task> deque;  // The last: its slots follow it.
};

constexpr std::size_t TaskStack::offset_of_deque() {
  return sizeof(TaskStack) - sizeof(SplitDeque<Task>);
}

}  // namespace heddle
