#pragma once
// A fiber's task stack: its split deque, and what is found beyond its end.
//
// It lies in the fiber's tail. A push that finds the deque full runs the child at once; the
// result waits in an Overflow until its join, which the blocked join limit sends to the slow
// path. So recursion may be deeper than the task stack, and the fast path never asks.

#include <new>

#include "fiber/fiber.h"
#include "sched/split_deque.h"
#include "sched/task.h"

namespace heddle {

class TaskStack {
 public:
  static std::size_t bytes(std::uint32_t capacity) {
    return sizeof(TaskStack) + (std::size_t{capacity} + 1) * sizeof(Task);
  }

  // In the fiber's tail, once; the memory lives as long as the scheduler.
  static TaskStack& make(Fiber& fiber, std::uint32_t capacity) {
    return *new (fiber.tail()) TaskStack(fiber, capacity);
  }
  static TaskStack& of(Fiber& fiber) { return *static_cast<TaskStack*>(fiber.tail()); }

  SplitDeque<Task> deque;
  Fiber& fiber;

  // As in the deque, but pops stay blocked while there is an overflow.
  bool answer() { return reblock(deque.answer()); }
  bool share_all() { return reblock(deque.share_all()); }

  // Runs the task in the spare slot, for a push that found the deque full, and keeps its result.
  void run_overflow();

  // The task whose join comes next is beyond the end: run, and its result kept.
  bool has_overflow() const { return overflow_ != nullptr; }
  Task& newest_overflow() { return overflow_->task; }
  void drop_overflow();

  // For its worker's Victim, under whose lock they are.
  Plain<TaskStack*> next = nullptr;
  Plain<bool> is_listed = false;

 private:
  struct Overflow {
    Task task;
    Overflow* below;
  };

  TaskStack(Fiber& of, std::uint32_t capacity)
      : deque(reinterpret_cast<Task*>(this + 1), capacity), fiber(of) {}

  bool reblock(bool shared) {
    if (has_overflow()) deque.block_pops();
    return shared;
  }

  Overflow* overflow_ = nullptr;
};
static_assert(sizeof(TaskStack) % alignof(Task) == 0, "the slots follow it");

}  // namespace heddle
