// Looking for work at other workers: whom to rob, for how long, and what one owes the others then.

#include <algorithm>
#include <utility>

#include "base/clock.h"
#include "base/cpu.h"
#include "sched/scheduler.h"
#include "sched/worker.h"

namespace heddle {

namespace {

// A wake-up costs both sides 5 to 10 us, so a search of twice that pays if it finds something. One
// that finds nothing does not only burn its time: a thread that has gone on running after its work
// was measured to be woken 8 us later than one that slept at once, on another processor.
constexpr std::uint64_t kSearchNanosecondsMax = 20'000;
// An isolate is woken in its event loop, and what wakes it is often the event loop of another: a
// round trip is some 50 us.
constexpr std::uint64_t kIsolateSearchNanosecondsMax = 60'000;
constexpr std::uint64_t kAnswerNanoseconds = 1'000;  // For an owner that forks all the time.

auto may_take(Abilities has) {
  return [has](TaskStack const& tasks) { return covers(has, tasks.needs()); };
}

}  // namespace

// Looks at every other worker, and then at what may wait, for a bounded time; at its end, at owners
// who have not shared what they were asked for. True if something was found, and run.
bool Worker::search() {
  if (!is_searching_) is_searching_ = scheduler_.sleepers().search();
  if (search_once() || claim_injected(Lane::Normal)) return true;
  if (run_resumed(yielded_) || run_background()) return true;
  if (!is_searching_) return false;  // Enough others search.
  // Whoever runs on a fiber has just been asked, and may answer soon.
  bool const may_answer = scheduler_.runs_fibers();
  std::uint64_t const least = may_answer ? kAnswerNanoseconds : 0;
  if (search_ns_ + least > 0 && look_around(std::max(search_ns_, least))) return true;
  search_ns_ = search_ns_ > kAnswerNanoseconds ? search_ns_ / 2 : 0;
  return may_answer && help_somebody();
}

// A sleep so short was not worth its wake-up: a search would have found it.
void Worker::learn_from_sleep(std::uint64_t nanoseconds) {
  bool const is_isolate = script_host_ != nullptr;
  std::uint64_t const most = is_isolate ? kIsolateSearchNanosecondsMax : kSearchNanosecondsMax;
  if (nanoseconds < most) search_ns_ = most;
}

// Searches for so long. True if there is something.
bool Worker::look_around(std::uint64_t nanoseconds) {
  std::uint64_t const deadline = now_ns() + nanoseconds;
  do {
    for (int i = 0; i < 8; ++i) cpu_relax();
    // Only what run_local() or search() will take: else nobody sleeps, and nobody else is woken.
    if (inbox_.has_items() || scheduler_.has_injected(abilities(), has_place_)) return true;
    if (search_once()) return true;
  } while (now_ns() < deadline);
  return false;
}

// One round over all workers, the near ones first, from a random one of each group on; its own
// suspended fibers are victims too. Background jobs only when there is nothing else.
bool Worker::search_once() {
  for (bool const background : {false, true}) {
    for (auto const& group : victims_) {
      auto const size = std::uint32_t(group.size());
      std::uint32_t const first = random_.below(size);
      for (std::uint32_t i = 0; i < size; ++i) {
        if (rob(group[(first + i) % size], background)) return true;
      }
    }
  }
  count(failed_steals_);
  return false;
}

bool Worker::rob(std::uint32_t index, bool background) {
  Worker& other = scheduler_.worker(index);
  if (!background) {
    if (rob_stack(other)) return true;
    return &other != this && (rob_queue(other, Lane::Frame) || rob_queue(other, Lane::Normal));
  }
  if (&other == this || !other.queue(Lane::Background).has_work(kEverything)) return false;
  if (!take_place(Lane::Background)) return false;
  if (rob_queue(other, Lane::Background)) return true;
  give_place();
  return false;
}

// Takes a task that a fiber of the other worker has shared, and runs it on a fiber of its own.
bool Worker::rob_stack(Worker& other) {
  Task* task = nullptr;
  TaskStack* from = nullptr;
  auto const permitted = may_take(scheduler_.usable(abilities_now(), has_place_));
  if (other.victim().steal(task, from, scheduler_.sleepers(), permitted) != Steal::Taken) {
    return false;
  }
  stop_searching();
  count(steals_);
  tracer_.record(TraceKind::Steal, reinterpret_cast<std::uintptr_t>(task), other.index_);
  // What `from` runs may have changed since it was asked for; what it says now is the task's own.
  Lane const lane = from->lane();
  if (!take_place(lane)) {
    adopt(*task, *from);
    return true;
  }
  if (from->is_script()) {
    run_stolen_script(*task, *from);
    return true;
  }
  TaskStack& tasks = TaskStack::of(*spare(from->stack_class));
  tasks.inherit(lane, from->cancel());
  tasks.set_label(from->label());
  // Release pairs with leapfrog(): what this task stack is made of.
  task->thief.store(&tasks, release);
  stolen_ = task;
  run_on_spare(from->stack_class);
  return true;
}

bool Worker::rob_queue(Worker& other, Lane lane) {
  Job* job = other.queue(lane).steal_half(queue(lane), abilities_now());
  if (job == nullptr) return false;
  stop_searching();
  count(steals_);
  tracer_.record(TraceKind::Steal, reinterpret_cast<std::uintptr_t>(job), other.index_);
  wake_for_queue(lane);
  run_job(job);
  return true;
}

// Shares tasks for an owner that is in a long leaf, and takes one. True: look again.
bool Worker::help_somebody() {
  auto const permitted = may_take(scheduler_.usable(abilities_now(), has_place_));
  for (std::uint32_t i = 0; i < scheduler_.threads(); ++i) {
    Worker& other = scheduler_.worker((index_ + i) % scheduler_.threads());
    if (!other.victim().help(permitted)) continue;
    count(helps_);
    tracer_.record(TraceKind::Help, other.index_);
    (void)rob_stack(other);  // What is left is for others: P3, since this worker searches.
    return true;
  }
  return false;
}

// P3: whoever published while we searched has woken nobody.
void Worker::stop_searching() {
  bool const was_last = std::exchange(is_searching_, false) && scheduler_.sleepers().found();
  if (was_last) scheduler_.wake_for_rest();
}

// Jobs that came into our queue count as published anew: while they moved nobody could see them.
void Worker::wake_for_queue(Lane lane) {
  RunQueue const& jobs = queue(lane);
  if (!jobs.has_work(kEverything)) return;
  Abilities const needs = lane == Lane::Background ? kForBackground : kNothing;
  scheduler_.sleepers().wake_one(jobs.needs() | needs);
}

bool Worker::has_work(Abilities has) {
  bool found = queue(Lane::Frame).has_work(has) || queue(Lane::Normal).has_work(has);
  if (covers(has, kForBackground)) found = found || queue(Lane::Background).has_work(has);
  // Asked for even after a find: asking is half of what this is for.
  if ((has & (kFiber | kLargeFiber | kScript)) != 0) found |= victim_.has_shared(may_take(has));
  return found;
}

Abilities Worker::private_needs(Abilities has) {
  TaskStack const* const tasks = victim_.find_private(may_take(has));
  return tasks != nullptr ? tasks->needs() : kNothing;
}

}  // namespace heddle
