#pragma once
// Fork and join in C++: push a child where thieves can find it; take it back, or wait for it.
//
//   heddle::fork(f);             // f may run on another worker from here on
//   auto b = g();                // meanwhile
//   auto a = heddle::join<F>();  // the result of the newest fork that was not joined yet
//
// Joins come in the reverse order of forks, and every fork has its join on the same fiber.
// The callable is copied into the task record: trivially copyable, at most kPayloadBytes, and
// so is its result. What it refers to must outlive the join, which structured code gives.

#include <cstring>
#include <new>
#include <type_traits>

#include "sched/worker.h"

namespace heddle {

// The task stack of the fiber that the calling thread runs, or nullptr.
extern constinit thread_local TaskStack* running_tasks;

template <class T>
concept FitsPayload = std::is_trivially_copyable_v<T> && sizeof(T) <= kPayloadBytes &&
                      alignof(T) <= alignof(Task);

namespace detail {

template <class F>
using ResultOf = std::invoke_result_t<F&>;

template <class F>
F load_callable(Task const& task) {
  return *std::launder(reinterpret_cast<F const*>(task.payload));
}

// What a thief calls: the arguments are read out before the result takes their place.
template <class F>
void run_task(Task& task) {
  F f = load_callable<F>(task);
  if constexpr (std::is_void_v<ResultOf<F>>) {
    f();
  } else {
    new (task.payload) ResultOf<F>(f());
  }
}

template <class F>
[[gnu::noinline, gnu::cold]] ResultOf<F> join_slow(TaskStack& tasks) {
  Worker& worker = *Worker::current();
  Task* task = nullptr;
  if (worker.join_slow(tasks, task) == Worker::Join::Mine) {
    F f = load_callable<F>(*task);
    return f();
  }
  if constexpr (std::is_void_v<ResultOf<F>>) {
    worker.end_join(tasks);
  } else {
    ResultOf<F> result = *std::launder(reinterpret_cast<ResultOf<F>*>(task->payload));
    worker.end_join(tasks);
    return result;
  }
}

[[gnu::noinline, gnu::cold]] inline void fork_slow(TaskStack& tasks) {
  Worker::current()->fork_slow(tasks);
}

}  // namespace detail

// Makes f() a child that others may run. On a fiber only.
template <class F>
requires FitsPayload<F>
void fork(F const& f) {
  DCHECK(running_tasks != nullptr);
  TaskStack& tasks = *running_tasks;
  Task& task = tasks.deque.slot_to_fill();
  task.run = detail::run_task<F>;
  task.state.store(Task::kForked, relaxed);  // Published by share() or run_overflow().
  new (task.payload) F(f);
  if (!tasks.deque.push()) [[unlikely]]
    detail::fork_slow(tasks);
}

// The result of the newest child, which was forked as an F. On the fiber that forked it.
template <class F>
requires std::is_void_v<detail::ResultOf<F>> || FitsPayload<detail::ResultOf<F>> detail::ResultOf<F>
join() {
  DCHECK(running_tasks != nullptr);
  TaskStack& tasks = *running_tasks;
  if (!tasks.deque.pop()) [[unlikely]]
    return detail::join_slow<F>(tasks);
  F f = detail::load_callable<F>(tasks.deque.popped());
  return f();
}

}  // namespace heddle
