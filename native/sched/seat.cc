// Who sits at a worker: starting its thread, and isolates that come and go.

#include <cstring>
#include <utility>

#include "base/check.h"
#include "base/clock.h"
#include "fiber/overflow.h"
#include "sched/isolate_thread.h"
#include "sched/scheduler.h"
#include "sched/worker.h"

namespace heddle {

// --- The native thread.

Result<void> Worker::start(char const* name) {
  // With one each, no job waits for memory for ever.
  if (!has_fiber(StackClass::Normal)) return Errno(ENOMEM);
  name_ = name;
  CHECK(seat_.change(Seat::kEmpty, Seat::kNative));
  Result<void> const started = start_thread();
  if (!started.ok()) CHECK(seat_.change(Seat::kNative, Seat::kEmpty));
  return started;
}

Result<void> Worker::start_thread() {
  LockGuard const guarded(thread_lock_);
  thread_.join();  // One that has left before.
  return thread_.start(name_.c_str(), run_thread, this);
}

void Worker::run_thread(void* self) {
  auto& worker = *static_cast<Worker*>(self);
  SignalStack const signal_stack;
  Host host;
  Seat& seat = worker.seat_;
  bool has_left = false;
  while (!has_left) {
    worker.host_ = &host;
    LoopEnd const end = worker.loop();
    worker.host_ = nullptr;
    if (end == LoopEnd::Wanted) {
      has_left = seat.change(Seat::kAsked, Seat::kOffered);  // Else it was withdrawn.
    } else {
      // Asked in between, or withdrawn: it is one of the two.
      while (!has_left) {
        has_left = seat.change(Seat::kNative, Seat::kEmpty) ||
                   seat.change(Seat::kAsked, Seat::kEmpty);
      }
    }
  }
  seat.ring();
}

bool Worker::await_end(std::uint64_t deadline_ns) {
  while (true) {
    Seat::State const state = seat_.state();
    if (state == Seat::kEmpty) break;
    if (state == Seat::kOffered) {
      // Whoever was rung may never come, and something may be left to run.
      if (!seat_.change(Seat::kOffered, Seat::kNative)) continue;
      if (!start_thread().ok()) CHECK(seat_.change(Seat::kNative, Seat::kEmpty));
      continue;
    }
    if (now_ns() >= deadline_ns) return false;
    seat_.await_change(state, deadline_ns);
  }
  LockGuard const guarded(thread_lock_);
  thread_.join();
  return true;
}

// --- Isolates.

void Worker::ask_for_seat(Seat::Bell bell) {
  seat_.set_bell(bell);
  if (seat_.change(Seat::kNative, Seat::kAsked)) {
    wake();
  } else {
    seat_.ring();  // It is over.
  }
}

bool Worker::sit(ScriptHost& host) {
  if (seat_.state() != Seat::kOffered) return false;
  // A task stack, in the tail of a fiber that is never entered: so it has an id, and its memory
  // stays. A fresh one, as thieves may look at any other.
  Fiber* const fiber = scheduler_.slabs(StackClass::Normal).make(run_fiber);
  if (fiber == nullptr || !seat_.change(Seat::kOffered, Seat::kIsolate)) return false;
  {
    LockGuard const guarded(thread_lock_);
    thread_.join();  // It has left, and ends.
  }
  isolate_thread_ = std::make_unique<IsolateThread>();
  host_ = &isolate_thread_->host;
  script_host_ = &host;
  fiber->seat = this;
  raw_ = &TaskStack::make(*fiber, StackClass::Normal, scheduler_.task_capacity(),
                          scheduler_.helping(), TaskKind::Script);
  is_raw_free_ = true;
  scheduler_.note_isolate();
  return true;
}

// X4. Nobody claims what it still holds.
void Worker::give_up_raw_stack() {
  TaskStack* const raw = std::exchange(raw_, nullptr);
  is_raw_free_ = false;
  script_overflows_ = 0;
  script_base_ = 0;
  SplitDeque<Task>& deque = raw->deque;
  while (deque.head() > 0) {
    std::size_t const mark = deque.head() - sizeof(Task);
    if (!deque.pop(mark) && deque.take_back(mark) == TakeBack::Stolen) break;
  }
}

void Worker::withdraw() {
  seat_.silence();
  if (seat_.change(Seat::kAsked, Seat::kNative)) return;
  if (seat_.change(Seat::kOffered, Seat::kNative)) {
    if (!start_thread().ok()) CHECK(seat_.change(Seat::kNative, Seat::kEmpty));
    return;
  }
  if (seat_.state() != Seat::kIsolate) return;
  if (std::exchange(is_in_loop_, false)) {
    (void)scheduler_.sleepers().rise(sleeper_);
    is_searching_ = true;
  }
  stop_searching();
  give_up_raw_stack();
  host_ = nullptr;
  script_host_ = nullptr;
  isolate_thread_.reset();
  CHECK(seat_.change(Seat::kIsolate, Seat::kNative));
  // T1. Without memory for a thread nobody goes on here.
  if (!start_thread().ok()) CHECK(seat_.change(Seat::kNative, Seat::kEmpty));
}

void Worker::leave_seat() {
  stop_searching();
  give_up_raw_stack();
  host_ = nullptr;
  script_host_ = nullptr;
  isolate_thread_.reset();
  seat_.silence();
  CHECK(seat_.change(Seat::kIsolate, Seat::kEmpty));
}

}  // namespace heddle
