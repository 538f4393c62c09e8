#pragma once
// The definitions of execution.h, which includes this file.

#include <algorithm>

#include "model/trace.h"

namespace heddle::model {

inline std::string Execution::run(std::function<void(Program&)> const& build) {
  build_ = &build;
  current_ = this;
  home_.identity = own_stack();
  threads_.push_back(std::make_unique<Thread>(0, "program", nullptr));
  Thread& program = *threads_.front();
  program.prepare(run_program);
  enter(program);  // Up to its first leave(): the program is built.
  if (failure_.empty()) explore();
  if (failure_.empty()) {
    for (auto const& thread : threads_) program.view.join(thread->view);
    enter(program);
  }
  current_ = nullptr;
  return failure_;
}

inline void Execution::run_program(void* self) {
  announce_arrive(static_cast<Thread*>(self)->identity);
  Execution& run = *current_;
  (*run.build_)(run.program_);
  run.leave();
  run.program_.finally_();
  while (!run.program_.state_.empty()) run.program_.state_.pop_back();
  run.leave();
}

inline void Execution::run_thread(void* self) {
  auto& thread = *static_cast<Thread*>(self);
  announce_arrive(thread.identity);
  thread.body();
  current_->end_thread();
}

inline void Execution::explore() {
  sharing_.begin(locations_);
  for (auto& body : program_.threads_) {
    auto const index = static_cast<std::uint32_t>(threads_.size());
    threads_.push_back(std::make_unique<Thread>(index, body.name, std::move(body.run)));
    Thread& thread = *threads_.back();
    thread.view = threads_.front()->view;
    thread.prepare(run_thread);
    ready_ |= thread.bit();
  }
  if (ready_ == 0) return;
  self_ = nullptr;
  exploring_ = true;
  enter(*pick(true));
  exploring_ = false;
}

inline void Execution::step(Site const& site, Op op, std::uint32_t location, Touch touch) {
  if (!exploring_) return;
  count_step(site, op);
  Thread* next = pick(sharing_.touch(location, self_->index, touch));
  check_replay();
  if (next != self_) switch_to(*next);
}

inline void Execution::count_step(Site const& site, Op op) {
  ++progress_;
  self_->at = site;
  self_->doing = op;
  if (++steps_ > options_.steps_max) fail("no end after steps_max steps: " + unfinished());
  if (++idle_steps_ > options_.idle_steps_max) fail("livelock: " + unfinished());
}

inline std::uint32_t Execution::choose(std::uint32_t alternatives, Choose what) {
  if (!exploring_ || alternatives == 1) return 0;
  std::uint32_t const taken = path_.choose(alternatives, what);
  check_replay();
  return taken;
}

inline void Execution::check_replay() {
  if (path_.has_diverged()) fail("not the same again: the program depends on more than its steps");
}

inline bool Execution::is_surprised() {
  if (!exploring_ || surprised_ == options_.surprises) return false;
  if (choose(2, Choose::Surprise) == 0) return false;
  ++surprised_;
  return true;
}

inline void Execution::wrote(std::uint32_t location, Stamp newest, bool changed) {
  newest_.raise(location, newest);
  if (!exploring_ || !changed) return;
  idle_steps_ = 0;
  for (auto const& thread : threads_) {
    auto const& looked_at = thread->looked_at;
    if (thread->waits_for == 0) continue;
    bool const looked = std::find(looked_at.begin(), looked_at.end(), location) != looked_at.end();
    if (looked) thread->waits_for = 0;  // E1
  }
}

inline void Execution::looked_at(std::uint32_t location) {
  auto& looked_at = self_->looked_at;
  if (std::find(looked_at.begin(), looked_at.end(), location) == looked_at.end()) {
    looked_at.push_back(location);
  }
}

inline void Execution::yield() {
  Thread& self = *self_;
  self.waits_for = ready_ & ~self.bit();  // E1
  // One that spins alone spins until the first deadline of those that sleep.
  bool const alone = self.waits_for == 0 && idle_steps_ > kPatience;
  Thread* next = alone ? first_to_time_out() : nullptr;
  if (next == nullptr) next = pick(true);
  if (next != &self) switch_to(*next);
  catch_up();
}

inline void Execution::catch_up() {
  for (std::uint32_t location : self_->looked_at) {
    self_->view.seen.raise(location, newest_.at(location));
  }
  self_->looked_at.clear();
}

inline bool Execution::sleep(std::uint32_t location, std::uint64_t deadline_ns) {
  Thread& self = *self_;
  self.sleeps_on = location;
  self.deadline_ns = deadline_ns;
  self.timed_out = false;
  self.state = Thread::State::Asleep;
  ready_ &= ~self.bit();
  switch_to(*pick(true));
  return !self.timed_out;
}

inline std::uint32_t Execution::wake(std::uint32_t location, std::uint32_t count) {
  std::uint32_t woken = 0;
  for (; woken < count; ++woken) {
    candidates_.clear();
    for (auto const& thread : threads_) {
      bool const sleeps = thread->state == Thread::State::Asleep && thread->sleeps_on == location;
      if (sleeps) candidates_.push_back(thread.get());
    }
    if (candidates_.empty()) break;
    // Usually the first to fall asleep, but the kernel does not promise it.
    auto const chosen = choose(static_cast<std::uint32_t>(candidates_.size()), Choose::Thread);
    candidates_[chosen]->state = Thread::State::Ready;
    ready_ |= candidates_[chosen]->bit();
    idle_steps_ = 0;
  }
  return woken;
}

inline void Execution::end_thread() {
  self_->state = Thread::State::Done;
  ready_ &= ~self_->bit();
  idle_steps_ = 0;
  Thread* next = pick(true);
  if (next == nullptr) leave();
  switch_to(*next);
}

inline bool Execution::can_run(Thread const& thread) const {
  return thread.state == Thread::State::Ready && (thread.waits_for & ready_) == 0;
}

inline bool Execution::may_time_out(Thread const& thread) const {
  return thread.state == Thread::State::Asleep && thread.deadline_ns != 0;
}

// Who goes next. Null: all have ended.
inline Thread* Execution::pick(bool is_visible) {
  candidates_.clear();
  bool const goes_on = self_ != nullptr && can_run(*self_);
  if (goes_on) {
    if (preempted_ == options_.preemptions) return self_;
    candidates_.push_back(self_);
  }
  bool const early = surprised_ < options_.surprises;
  for (auto const& thread : threads_) {
    if (thread.get() == self_ || thread->index == 0) continue;
    if (can_run(*thread) || (early && may_time_out(*thread))) candidates_.push_back(thread.get());
  }
  if (candidates_.empty()) return pick_stuck();
  if (candidates_.size() == 1) return candidates_.front();
  // With one alternative the choice is on the path all the same: see Sharing::trust_nothing().
  auto const ways = static_cast<std::uint32_t>(is_visible ? candidates_.size() : 1);
  auto const taken = path_.choose(ways, Choose::Thread);
  if (goes_on && taken != 0) ++preempted_;
  Thread* next = candidates_[taken];
  if (may_time_out(*next)) ++surprised_;
  return next;
}

// Who goes next when nobody can: time passes, or that is the end.
inline Thread* Execution::pick_stuck() {
  if (Thread* next = first_to_time_out()) return next;
  bool const all_done = std::all_of(threads_.begin() + 1, threads_.end(), [](auto const& thread) {
    return thread->state == Thread::State::Done;
  });
  if (!all_done) fail("deadlock: " + unfinished());
  return nullptr;
}

inline Thread* Execution::first_to_time_out() {
  Thread* first = nullptr;
  for (auto const& thread : threads_) {
    if (!may_time_out(*thread)) continue;
    if (first == nullptr || thread->deadline_ns < first->deadline_ns) first = thread.get();
  }
  return first;
}

inline void Execution::switch_to(Thread& next) {
  Thread& from = *self_;
  if (may_time_out(next)) {
    next.state = Thread::State::Ready;
    ready_ |= next.bit();
    next.timed_out = true;
    clock_ns_ = std::max(clock_ns_, next.deadline_ns);
  }
  for (auto const& thread : threads_) thread->waits_for &= ~next.bit();  // E1
  self_ = &next;
  if (&next != &from) switch_stacks(from, next);
}

inline void Execution::enter(Thread& thread) {
  self_ = &thread;
  switch_stacks(home_, thread);
}

inline void Execution::leave() {
  switch_stacks(*self_, home_);
}

inline void Execution::fail(std::string why) {
  failure_ = std::move(why);
  leave();
  std::abort();  // Nobody enters a failed execution again (E3).
}

inline std::string Execution::unfinished() const {
  std::string list;
  for (auto const& thread : threads_) {
    if (thread->index == 0 || thread->state == Thread::State::Done) continue;
    if (!list.empty()) list += ", ";
    bool const sleeps = thread->state == Thread::State::Asleep;
    list += thread->name + (sleeps ? " sleeps in " : " is in ") + thread->at.function + " (" +
            thread->at.file_name() + ":" + std::to_string(thread->at.line) + ")";
  }
  return list;
}

inline void Execution::note(std::string const& what) {
  trace_->push_back(trace_line(self_->name, self_->doing, what, self_->at));
}

}  // namespace heddle::model
