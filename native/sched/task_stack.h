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

struct ScriptRoot;

// What lies on a task stack.
enum class TaskKind : std::uint8_t {
  Native,  // Of a fiber.
  Script,  // Of an isolate's own stack (script.h).
};

class alignas(64) TaskStack {
 public:
  static std::size_t bytes(std::uint32_t capacity) {
    return sizeof(TaskStack) + (std::size_t{capacity} + 1) * sizeof(Task);
  }

  // In the fiber's tail, once; the memory lives as long as the scheduler.
  static TaskStack& make(Fiber& fiber, StackClass stack_class, std::uint32_t capacity,
                         Helping helping, TaskKind kind = TaskKind::Native) {
    return *new (fiber.tail()) TaskStack(fiber, stack_class, kind, capacity, helping);
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

  // The same of script tasks.
  ScriptRoot* root() const { return root_.load(relaxed); }
  void inherit(Lane lane, Atomic<bool> const* cancel, ScriptRoot* root) {
    inherit(lane, cancel);
    root_.store(root, relaxed);
  }

  // The name of its root in traces (labels.h), or 0. Inherited in the same way.
  std::uint32_t label() const { return label_.load(relaxed); }
  void set_label(std::uint32_t label) { label_.store(label, relaxed); }

  // What its fiber is called in traces: ids count from 0 in each stack class.
  std::uint64_t trace_id() const {
    return std::uint64_t{fiber.id()} * kStackClasses + std::uint64_t(stack_class);
  }

  // What a worker needs to take a task of it: as large a stack as its root has, and its lane.
  Abilities needs() const {
    Abilities const stack = stack_class == StackClass::Normal ? kFiber : kLargeFiber;
    return (is_script() ? kScript : stack) |
           (lane() == Lane::Background ? kForBackground : kNothing);
  }
  bool is_script() const { return kind == TaskKind::Script; }

  // Runs the task in the spare slot, for a push that found the deque full, and keeps its result.
  void run_overflow();

  // The task whose join comes next is beyond the end: run, and its result kept.
  bool has_overflow() const { return overflow_ != nullptr; }
  Task& newest_overflow() { return overflow_->task; }
  void drop_overflow();

  Fiber& fiber;
  StackClass const stack_class;
  TaskKind const kind;
  std::uint32_t leapfrogs = 0;  // How many stolen tasks run on top of one another. Owner only.

  // For its worker's Victim, under whose lock they are.
  Plain<TaskStack*> next = nullptr;
  Plain<bool> is_listed = false;

 private:
  struct Overflow {
    Task task;
    Overflow* below;
  };

  TaskStack(Fiber& of, StackClass with, TaskKind tasks, std::uint32_t capacity, Helping helping)
      : fiber(of),
        stack_class(with),
        kind(tasks),
        deque(capacity, helping, tasks == TaskKind::Script ? Stores::Plain : Stores::Released) {}

  static constexpr std::size_t offset_of_deque();

  Atomic<Lane> lane_{Lane::Normal};
  Atomic<std::uint32_t> label_{0};
  Atomic<Atomic<bool> const*> cancel_{nullptr};
  Atomic<ScriptRoot*> root_{nullptr};
  Overflow* overflow_ = nullptr;

 public:
  SplitDeque<Task> deque;  // The last: its slots follow it.
};

constexpr std::size_t TaskStack::offset_of_deque() {
  return sizeof(TaskStack) - sizeof(SplitDeque<Task>);
}

}  // namespace heddle
