// The slow paths of fork and join, and suspension: what a fiber asks of its worker.

#include <utility>

#include "base/check.h"
#include "base/cpu.h"
#include "sched/fork_join.h"
#include "sched/scheduler.h"
#include "sched/suspend.h"

namespace heddle {

namespace {

constexpr int kSpinsBeforeSuspending = 64;  // About 2 us: a thief that is nearly done is awaited.

// W2: runs when the fiber has left. The task may have been finished in the meantime.
void publish_waiter(Fiber& fiber, void* task) {
  if (!await_task(*static_cast<Task*>(task), fiber)) resume(fiber);
}

}  // namespace

void Worker::fork_slow(TaskStack& tasks) {
  bool const full = tasks.deque.push_slow() == SplitDeque<Task>::Slow::Full;
  // Woken first, and then the child runs: it may take long.
  if (!full || tasks.answer()) scheduler_.sleepers().wake_one(Takers::WithFiber);
  if (full) tasks.run_overflow();
}

Worker::Join Worker::join_slow(TaskStack& tasks, Task*& task) {
  if (tasks.has_overflow()) {
    tasks.deque.unpop();
    task = &tasks.newest_overflow();
    return Join::Done;
  }
  if (tasks.deque.take_back() == TakeBack::Mine) {
    task = &tasks.deque.popped();
    return Join::Mine;
  }
  task = &tasks.deque.newest();
  for (int i = 0; i < kSpinsBeforeSuspending && !is_done(*task); ++i) cpu_relax();
  if (!is_done(*task)) suspend(publish_waiter, task);
  CHECK(is_done(*task));
  return Join::Done;
}

void Worker::end_join(TaskStack& tasks) {
  if (tasks.has_overflow()) {
    tasks.drop_overflow();
  } else {
    tasks.deque.settle();
  }
}

void suspend(void (*publish)(Fiber& self, void* arg), void* arg) {
  Worker* worker = Worker::current();
  CHECK(worker != nullptr);
  worker->suspend(publish, arg);
}

void resume(Fiber& fiber) {
  static_cast<Worker*>(fiber.seat)->post(fiber, fiber);
}

void resume_all(Queue<Fiber>& fibers) {
  while (Fiber* newest = fibers.pop_front()) {
    void* const seat = newest->seat;
    Fiber* const oldest = newest;
    // A chain of all that sit with this one; the others wait for their own round.
    Queue<Fiber> others;
    while (Fiber* fiber = fibers.pop_front()) {
      if (fiber->seat != seat) {
        others.push_back(*fiber);
        continue;
      }
      fiber->next = newest;
      newest = fiber;
    }
    static_cast<Worker*>(seat)->post(*newest, *oldest);
    fibers = std::move(others);
  }
}

void yield() {
  Worker* worker = Worker::current();
  CHECK(worker != nullptr);
  worker->yield();
}

bool on_fiber() {
  return Fiber::running() != nullptr;
}

}  // namespace heddle
