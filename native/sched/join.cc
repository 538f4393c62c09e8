// The slow paths of fork and join, and suspension: what a fiber asks of its worker.

#include <utility>

#include "base/check.h"
#include "base/cpu.h"
#include "sched/isolate_thread.h"
#include "sched/kernel_context.h"
#include "sched/running.h"
#include "sched/scheduler.h"
#include "sched/suspend.h"

namespace heddle {

namespace {

constexpr int kLooksBeforeSuspending = 64;       // About 2 us: a thief that is nearly done.
constexpr std::uint32_t kLeapfrogsDeepMax = 16;  // Stolen tasks on top of one another.

// On top of what runs on this task stack, which inherits from the task's root already.
void run_task(Task& task, TaskStack& tasks) {
  if (tasks.is_script()) {
    Worker::current()->run_on_raw(task, *tasks.root());
  } else {
    task.run(task, KernelContext(tasks.deque));
  }
}

// A task that was claimed on a stack where it must not run: it goes to a fiber of its own.
struct Adopted : Job {
  Adopted(Task& of, TaskStack& from)
      : Job(run_and_delete, from.is_script() ? Kind::Script : Kind::Root, from.lane(),
            from.stack_class),
        task(of),
        cancel(from.cancel()),
        root(from.root()) {}

  static Job* run_and_delete(Job& self) {
    auto& adopted = static_cast<Adopted&>(self);
    Task& task = adopted.task;
    TaskStack& tasks = *running_tasks;
    tasks.inherit(adopted.lane, adopted.cancel, adopted.root);
    delete &adopted;
    // Release as in Worker::rob_stack().
    task.thief.store(&tasks, release);
    run_task(task, tasks);
    wake_waiter(finish(task));
    return nullptr;
  }

  Task& task;
  Atomic<bool> const* cancel;
  ScriptRoot* root;
};

bool has_stack_left(TaskStack& tasks) {
  if (tasks.is_script()) return IsolateThread::has_stack_left();
  Fiber& fiber = tasks.fiber;
  return fiber.stack_bytes_left() >= fiber.stack_bytes() / 4;
}

Worker& worker_of(TaskStack& tasks) {
  return *static_cast<Worker*>(tasks.fiber.seat);
}

void record_resume(Fiber& fiber) {
  if (Worker* here = Worker::current()) {
    here->tracer().record(TraceKind::Resume, TaskStack::of(fiber).trace_id());
  }
}

// W2: runs when the fiber has left. The task may have been finished in the meantime.
void publish_waiter(Fiber& fiber, void* task) {
  if (!await_task(*static_cast<Task*>(task), fiber)) resume(fiber);
}

}  // namespace

namespace detail {

std::size_t fork_slow(SplitDeque<Task>& deque, std::size_t mark) {
  TaskStack& tasks = TaskStack::of(deque);
  return worker_of(tasks).fork_slow(tasks, mark);
}

Joined join_slow(SplitDeque<Task>& deque, std::size_t mark) {
  TaskStack& tasks = TaskStack::of(deque);
  return worker_of(tasks).join_slow(tasks, mark);
}

std::size_t end_join(SplitDeque<Task>& deque, std::size_t mark) {
  TaskStack& tasks = TaskStack::of(deque);
  if (tasks.has_overflow()) {
    tasks.drop_overflow();
    return deque.head();
  }
  deque.settle(mark);
  return mark;
}

}  // namespace detail

std::size_t Worker::fork_slow(TaskStack& tasks, std::size_t mark) {
  using Slow = SplitDeque<Task>::Slow;
  Slow const slow = tasks.deque.push_slow(mark);
  // Woken first, and then the child runs: it may take long.
  if (slow == Slow::Shared || slow == Slow::FullShared) {
    tracer_.record(TraceKind::Fork, reinterpret_cast<std::uintptr_t>(&tasks));
    scheduler_.sleepers().wake_one(tasks.needs());
  }
  if (slow == Slow::Full || slow == Slow::FullShared) tasks.run_overflow();
  return tasks.deque.head();
}

detail::Joined Worker::join_slow(TaskStack& tasks, std::size_t mark) {
  if (tasks.has_overflow()) {
    tasks.deque.unpop(mark);
    return {&tasks.newest_overflow(), true};
  }
  Task& task = tasks.deque.slot(mark);
  if (tasks.deque.take_back(mark) == TakeBack::Mine) return {&task, false};
  await_stolen(tasks, task);
  CHECK(is_done(task));
  return {&task, true};
}

// On top of this stack only descendants of the task are run: what its thief has forked. Everything
// else runs on other fibers, so when the thief has nothing to give, this one leaves.
void Worker::await_stolen(TaskStack& tasks, Task& task) {
  if (!look_for(tasks, task)) suspend(publish_waiter, &task);
}

// True: it is done.
bool Worker::look_for(TaskStack& tasks, Task& task) {
  for (int looks = 0; looks < kLooksBeforeSuspending; ++looks) {
    if (is_done(task)) return true;
    switch (leapfrog(tasks, task)) {
      case Leap::Ran:
        looks = 0;
        break;
      case Leap::Nothing:
        if (looks == kLooksBeforeSuspending / 2) help(task);
        cpu_relax();
        break;
      case Leap::Suspend:
        looks = kLooksBeforeSuspending;
        break;
    }
  }
  return is_done(task);
}

// C4. What lies in the thief's deque when it takes the task was stolen before, since thieves take
// the oldest first and the thief was out of work. So all that can be claimed there until the task
// is done was forked by it. Wagner and Calder, "Leapfrogging" (1993).
Worker::Leap Worker::leapfrog(TaskStack& tasks, Task& task) {
  // Acquire pairs with the release where it is stored: what the thief's task stack is made of.
  TaskStack* const thief = task.thief.load(acquire);
  if (thief == nullptr) return Leap::Nothing;
  if (thief->fiber.seat == this) return Leap::Suspend;  // It cannot run while we look.
  if (tasks.leapfrogs == kLeapfrogsDeepMax || !has_stack_left(tasks)) return Leap::Suspend;
  Task* forked = nullptr;
  bool for_others = false;
  if (claim(*thief, forked, scheduler_.sleepers(), for_others) != Steal::Taken) {
    return Leap::Nothing;
  }
  if (for_others) scheduler_.wake_for_rest();
  count(steals_);
  tracer_.record(TraceKind::Steal, reinterpret_cast<std::uintptr_t>(forked),
                 worker_of(*thief).index_);
  // Looked at after the claim: not done, so what was claimed was forked by it, and keeps it so.
  if (is_done(task)) {
    adopt(*forked, *thief);
    return Leap::Ran;
  }
  // Release as in rob_stack().
  forked->thief.store(&tasks, release);
  count(leapfrogs_);
  ++tasks.leapfrogs;
  run_task(*forked, tasks);
  --tasks.leapfrogs;
  wake_waiter(finish(*forked));
  return Leap::Ran;
}

// The thief was asked, and has not answered: what it has forked is shared for it, if anything is.
void Worker::help(Task& task) {
  // Acquire as in leapfrog().
  TaskStack* const thief = task.thief.load(acquire);
  if (thief == nullptr || !thief->deque.share_for()) return;
  count(helps_);
  tracer_.record(TraceKind::Help, worker_of(*thief).index_);
  scheduler_.sleepers().wake_one(thief->needs());
}

void Worker::adopt(Task& task, TaskStack& from) {
  Lane const lane = from.lane();
  auto& adopted = *new Adopted(task, from);
  adopted.label = from.label();
  queue(lane).push(adopted);
  wake_for_queue(lane);
}

KernelContext KernelContext::current() {
  CHECK(running_tasks != nullptr);
  return KernelContext(running_tasks->deque);
}

bool KernelContext::is_cancelled() const {
  if (deque_ == nullptr) return false;
  Atomic<bool> const* const cancel = TaskStack::of(*deque_).cancel();
  return cancel != nullptr && cancel->load(relaxed);
}

void KernelContext::give_way() const {
  if (deque_ == nullptr) return;
  TaskStack& tasks = TaskStack::of(*deque_);
  if (tasks.lane() != Lane::Background) return;
  Worker& worker = worker_of(tasks);
  if (worker.has_frame_work()) worker.yield();
}

void suspend(void (*publish)(Fiber& self, void* arg), void* arg) {
  Worker* worker = Worker::current();
  CHECK(worker != nullptr);
  worker->suspend(publish, arg);
}

void resume(Fiber& fiber) {
  auto& owner = *static_cast<Worker*>(fiber.seat);
  record_resume(fiber);
  owner.post(fiber, fiber);
}

void resume_all(Queue<Fiber>& fibers) {
  while (Fiber* newest = fibers.pop_front()) {
    record_resume(*newest);
    void* const seat = newest->seat;
    Fiber* const oldest = newest;
    // A chain of all that sit with this one; the others wait for their own round.
    Queue<Fiber> others;
    while (Fiber* fiber = fibers.pop_front()) {
      if (fiber->seat != seat) {
        others.push_back(*fiber);
        continue;
      }
      record_resume(*fiber);
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
