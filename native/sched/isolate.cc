// The seat as an isolate has it: coming and going, turns of the loop, and the slow paths of fork
// and join on its raw stack.

#include <pthread.h>

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/clock.h"
#include "base/cpu.h"
#include "sched/isolate_thread.h"
#include "sched/running.h"
#include "sched/scheduler.h"
#include "sched/worker.h"

namespace heddle {

namespace {

// How often an isolate that waits asks whether it is being ended: nothing else would tell it.
constexpr std::uint64_t kAliveNanoseconds = 50'000'000;

constexpr int kLooksBeforeSleeping = 64;

constinit thread_local std::byte* stack_low = nullptr;
constinit thread_local std::size_t stack_bytes = 0;

}  // namespace

IsolateThread::IsolateThread() {
  pthread_attr_t attributes;
  CHECK(pthread_getattr_np(pthread_self(), &attributes) == 0);
  void* low = nullptr;
  CHECK(pthread_attr_getstack(&attributes, &low, &stack_bytes) == 0);
  CHECK(pthread_attr_destroy(&attributes) == 0);
  stack_low = static_cast<std::byte*>(low);
}

IsolateThread::~IsolateThread() {
  stack_low = nullptr;
}

bool IsolateThread::has_stack_left() {
  auto* const here = static_cast<std::byte*>(__builtin_frame_address(0));
  return here > stack_low && std::size_t(here - stack_low) >= stack_bytes / 4;
}

Worker::Bed::Bed(Worker& of)
    : Sleeper([](Sleeper& self) { static_cast<Bed&>(self).worker.seat_.ring(); }), worker(of) {
}

// --- Turns.

Worker::Turn Worker::take_turn(std::uint64_t until_ns) {
  if (seat_.state() != Seat::kIsolate) return Turn::Over;
  SeatedScope const here(*this);
  if (std::exchange(is_in_loop_, false)) {
    Roused const roused = scheduler_.sleepers().rise(sleeper_);
    is_searching_ = true;
    get_up(roused);
  }
  while (true) {
    bool const stopping = scheduler_.is_stopping();
    bool const ran = run_local() || search();
    give_place();
    if (!script_host_->is_alive()) return Turn::Dead;
    if (ran) {
      if (now_ns() < until_ns) continue;
      stop_searching();
      return Turn::Again;
    }
    if (stopping && live_fibers() == 0) {
      leave_seat();
      return Turn::Over;
    }
    if (!lie_down(abilities())) continue;
    if (scheduler_.sleepers().doze_off(sleeper_)) {
      is_in_loop_ = true;
      is_searching_ = false;
      return Turn::Idle;
    }
    get_up(scheduler_.sleepers().rise(sleeper_));
  }
}

// --- Script tasks.

void Worker::enter_raw() {
  raw_->deque.keep_blocked(script_overflows_ > 0);
  victim_.enter(*raw_, scheduler_.sleepers());
  running_tasks = raw_;
}

// JavaScript may have kept its context: what it forks or joins now comes to a slow path.

void Worker::leave_raw() {
  running_tasks = nullptr;
  victim_.leave();
  raw_->deque.keep_blocked(true);
  raw_->deque.ask();
}

bool Worker::runs_script() const {
  return raw_ != nullptr && running_tasks == raw_;
}

Job* Worker::run_script_job(Job& job) {
  is_raw_free_ = false;
  raw_->inherit(job.lane, nullptr, nullptr);
  raw_->set_label(job.label);
  enter_raw();
  tracer_.record(TraceKind::Run, raw_->trace_id(), raw_->label());
  Job* const next = job.run(job);
  tracer_.record(TraceKind::End, raw_->trace_id());
  leave_raw();
  is_raw_free_ = script_host_->is_alive();
  return next;
}

void Worker::run_on_raw(Task& task, ScriptRoot& root) {
  std::size_t const base_before = std::exchange(script_base_, raw_->deque.head());
  script_host_->run(task, root);
  script_base_ = base_before;
}

// Takes over a task that was claimed from another isolate.
void Worker::run_stolen_script(Task& task, TaskStack& from) {
  is_raw_free_ = false;
  ScriptRoot& root = *from.root();
  raw_->inherit(root.lane, &root.is_cancelled, &root);
  raw_->set_label(from.label());
  // Release as in rob_stack().
  task.thief.store(raw_, release);
  enter_raw();
  tracer_.record(TraceKind::Run, raw_->trace_id(), raw_->label());
  run_on_raw(task, root);
  tracer_.record(TraceKind::End, raw_->trace_id());
  leave_raw();
  is_raw_free_ = script_host_->is_alive();
  wake_waiter(finish(task));
  count(stolen_tasks_);
}

Worker::ScriptFork Worker::fork_script(std::size_t mark) {
  using Slow = SplitDeque<Task>::Slow;
  Slow const slow = raw_->deque.push_slow(mark);
  if (slow == Slow::Shared || slow == Slow::FullShared) {
    tracer_.record(TraceKind::Fork, reinterpret_cast<std::uintptr_t>(raw_));
    scheduler_.sleepers().wake_one(raw_->needs());
  }
  bool const is_pushed = slow == Slow::Pushed || slow == Slow::Shared;
  return is_pushed ? ScriptFork::Pushed : ScriptFork::Full;
}

void Worker::keep_overflow() {
  ++script_overflows_;
  raw_->deque.keep_blocked(true);
}

Worker::ScriptJoin Worker::join_script(std::size_t mark, ScriptResult& result) {
  SplitDeque<Task>& deque = raw_->deque;
  if (script_overflows_ > 0) {
    deque.unpop(mark);
    if (--script_overflows_ == 0) deque.keep_blocked(false);
    return ScriptJoin::Overflow;
  }
  // What lies below was shared before the newest script task began: every pop of it comes here.
  if (std::ptrdiff_t(mark) < std::ptrdiff_t(script_base_)) return ScriptJoin::None;
  // Not before: where JavaScript has no stack to come here the task is not lost, with its thief.
  (void)deque.pop(mark);
  if (deque.take_back(mark) == TakeBack::Mine) return ScriptJoin::Call;
  Task& task = deque.slot(mark);
  if (!look_for(*raw_, task) && !await_on_raw(task)) return ScriptJoin::Dead;
  // What ran on top meanwhile may have left tasks there, if it was ended.
  if (!script_host_->is_alive()) return ScriptJoin::Dead;
  result = script_result(task);
  deque.settle(mark);
  return ScriptJoin::Done;
}

bool Worker::unwind_script(std::size_t mark, std::uint32_t overflows) {
  SplitDeque<Task>& deque = raw_->deque;
  if (std::exchange(script_overflows_, overflows) > 0 && overflows == 0) deque.keep_blocked(false);
  ScriptResult dropped{};
  while (deque.head() > mark) {
    std::size_t const top = deque.head() - sizeof(Task);
    if (!deque.pop(top) && join_script(top, dropped) == ScriptJoin::Dead) return false;
  }
  return true;
}

// C5, X2. False: the isolate is being ended.
bool Worker::await_on_raw(Task& task) {
  TaskStack& raw = *raw_;
  (void)raw.deque.share_all();
  if (raw.deque.has_shared()) {
    victim_.list(raw);  // C6
    scheduler_.sleepers().wake_one(raw.needs());
  }
  if (!await_task_in(task, this)) return is_done(task);
  count(suspensions_);
  bool const is_frame = raw.lane() == Lane::Frame;
  if (is_frame) ++suspended_frame_fibers_;
  tracer_.record(TraceKind::Suspend, raw.trace_id());
  leave_raw();
  for (int looks = 0; !is_done(task);) {
    if (run_while_waiting(task)) {
      looks = 0;
    } else if (++looks < kLooksBeforeSleeping) {
      cpu_relax();
    } else {
      if (!script_host_->probe()) break;
      sleep_while_waiting(task);
      looks = 0;
    }
  }
  stop_searching();
  if (is_frame) --suspended_frame_fibers_;
  enter_raw();
  tracer_.record(TraceKind::Run, raw.trace_id(), raw.label());
  return is_done(task);
}

// One of what may run meanwhile: a descendant of the task, on top; or anything else on a fiber.
bool Worker::run_while_waiting(Task& task) {
  Lane const lane = raw_->lane();
  if (!is_searching_) is_searching_ = scheduler_.sleepers().search();
  enter_raw();
  Leap const leap = script_host_->is_alive() ? leapfrog(*raw_, task) : Leap::Nothing;
  leave_raw();
  if (leap == Leap::Ran) {
    stop_searching();
    return true;
  }
  bool const ran = run_local() || search_once();
  // A place that this root has stays its own.
  if (lane != Lane::Background) give_place();
  return ran;
}

void Worker::sleep_while_waiting(Task& task) {
  help(task);
  if (!lie_down(abilities() | kFollower)) return;
  // Again, now that whoever shares something would wake us.
  TaskStack* const thief = task.thief.load(acquire);  // As in leapfrog().
  if (thief != nullptr && (thief->deque.has_shared() || is_done(task))) {
    scheduler_.sleepers().unpark(sleeper_);
    return;
  }
  if (thief != nullptr) thief->deque.ask();
  get_up(scheduler_.sleepers().sleep_until(sleeper_, now_ns() + kAliveNanoseconds));
}

}  // namespace heddle
