// The worker's loop: what to run next, how fibers are entered, when to park.

#include "sched/worker.h"

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/check.h"
#include "base/clock.h"
#include "fiber/overflow.h"
#include "sched/isolate_thread.h"
#include "sched/kernel_context.h"
#include "sched/running.h"
#include "sched/scheduler.h"
#include "sched/suspend.h"

namespace heddle {

namespace {

constinit thread_local Worker* current_worker = nullptr;

constexpr std::uint32_t kFairTurn = 61;     // Of so many turns, five go to who is last otherwise.
constexpr std::uint32_t kRunNextMax = 256;  // A chain of jobs gives way after that many.

}  // namespace

constinit thread_local TaskStack* running_tasks = nullptr;

void wake_waiter(TaskWaiter waiter) {
  if (waiter.is_seat()) {
    static_cast<Worker*>(waiter.seat())->wake();
  } else if (Fiber* const fiber = waiter.fiber()) {
    resume(*fiber);
  }
}

Worker::Worker(Scheduler& scheduler, std::uint32_t index, std::uint32_t fibers_max)
    : scheduler_(scheduler),
      index_(index),
      pools_{FiberPool(scheduler.slabs(StackClass::Normal), run_fiber, fibers_max),
             FiberPool(scheduler.slabs(StackClass::Large), run_fiber, fibers_max)},
      random_(index) {
}

Worker::~Worker() = default;

Worker* Worker::current() {
  return current_worker;
}

Worker::SeatedScope::SeatedScope(Worker& worker) {
  current_worker = &worker;
  this_waker = {&worker.scheduler_.sleepers(), worker.index_};
}

Worker::SeatedScope::~SeatedScope() {
  this_waker = {};
  current_worker = nullptr;
}

Worker::LoopEnd Worker::loop() {
  SeatedScope const here(*this);
  LoopEnd end = LoopEnd::Stopped;
  while (true) {
    // Asked before the looks that follow it: what was submitted before stop() is found by them.
    bool const stopping = scheduler_.is_stopping();
    bool const ran = run_local() || search();
    give_place();
    bool const is_wanted = !stopping && seat_.state() == Seat::kAsked;
    if (is_wanted && live_fibers() == 0) {  // T1
      end = LoopEnd::Wanted;
      break;
    }
    if (ran) continue;
    if (stopping && live_fibers() == 0) break;
    park();
  }
  stop_searching();
  return end;
}

// What needs no search, and goes before it. Injected jobs of the normal lane come after it: what
// was begun is ended first.
bool Worker::run_local() {
  if (run_out_of_turn()) return true;
  // Who was woken was woken for what was injected, most of the time, and every look costs a cold
  // cache line.
  if (std::exchange(was_woken_, false) &&
      (claim_injected(Lane::Frame) || claim_injected(Lane::Normal))) {
    return true;
  }
  Queue<Fiber> resumed = inbox_.take();
  while (Fiber* fiber = resumed.pop_front()) {
    resumed_[std::size_t(TaskStack::of(*fiber).lane())].push_back(*fiber);
  }
  return run_lane(Lane::Frame) || claim_injected(Lane::Frame) || run_lane(Lane::Normal);
}

bool Worker::run_lane(Lane lane) {
  return run_resumed(resumed_[std::size_t(lane)]) || run_queued(lane);
}

// Now and then somebody else comes first: fibers that are resumed for ever starve nobody.
bool Worker::run_out_of_turn() {
  switch (++turn_ % kFairTurn) {
    case 0:
      return claim_injected(Lane::Normal) || run_queued(Lane::Normal);
    case kFairTurn / 5:
      return rob_stack(*this);  // C6: the children of fibers that wait.
    case kFairTurn * 2 / 5:
      return run_resumed(yielded_);
    case kFairTurn * 3 / 5:
      return run_background();
    default:
      return false;
  }
}

// Own background work, and what was injected. With a place only (W4).
bool Worker::run_background() {
  Queue<Fiber>& resumed = resumed_[std::size_t(Lane::Background)];
  if (!resumed.empty()) waits_for_place_.store(true, relaxed);  // Published by take_place().
  bool const has_any = !resumed.empty() || queue(Lane::Background).has_work(kEverything) ||
                       scheduler_.injected(Lane::Background).has_items();
  if (!has_any || !take_place(Lane::Background)) return false;
  if (run_lane(Lane::Background) || claim_injected(Lane::Background)) return true;
  give_place();
  return false;
}

bool Worker::run_queued(Lane lane) {
  Job* const job = queue(lane).pop(abilities_now());
  if (job == nullptr) return false;
  stop_searching();
  run_job(job);
  return true;
}

bool Worker::run_resumed(Queue<Fiber>& fibers) {
  Fiber* const fiber = fibers.pop_front();
  if (fiber == nullptr) return false;
  waits_for_place_.store(!resumed_[std::size_t(Lane::Background)].empty(), relaxed);
  stop_searching();
  enter(*fiber);
  run_job(std::exchange(run_next_, nullptr));
  return true;
}

// Takes everything that was injected: the first to run, the rest where others can steal it.
bool Worker::claim_injected(Lane lane) {
  Queue<Job> jobs = scheduler_.injected(lane).take();
  if (jobs.empty()) return false;
  Job* job = jobs.front();
  bool const can_run = covers(abilities_now(), needs_of(*job));
  if (can_run) (void)jobs.pop_front();
  if (!jobs.empty()) queue(lane).push(std::move(jobs));
  if (!can_run) job = queue(lane).pop(abilities_now());
  stop_searching();
  wake_for_queue(lane);
  run_job(job);
  return true;
}

void Worker::park() {
  if (!lie_down(abilities())) return;
  get_up(scheduler_.sleepers().sleep(sleeper_));
}

// Parks, and looks once more. False: there is something, and it is a searcher again.
bool Worker::lie_down(Abilities has) {
  scheduler_.require_here();  // Who forks on a fiber and lets it go on would sleep for ever.
  count(parks_);
  Sleepers& sleepers = scheduler_.sleepers();
  sleepers.park(sleeper_, has, is_searching_);
  bool const was_searching = std::exchange(is_searching_, true);  // P2: as soon as it is taken off.
  if (!inbox_.doze() || scheduler_.has_work(has) || scheduler_.private_needs(has) != kNothing) {
    sleepers.unpark(sleeper_);
    return false;
  }
  bool const is_follower = covers(has, kFollower);
  using Followers = Sleepers::Followers;
  if (was_searching && !covers(has, scheduler_.all_abilities())) {  // P3: what it could not take.
    scheduler_.wake_for_rest(is_follower ? Followers::Not : Followers::Too);
  }
  tracer_.record(TraceKind::Park);
  asleep_since_ns_ = now_ns();
  return true;
}

// After a sleep: counted as a searcher by whoever took it off the list (P2).
void Worker::get_up(Roused const& roused) {
  learn_from_sleep(now_ns() - asleep_since_ns_);
  was_woken_ = true;
  for (FiberPool& each : pools_) each.ask_again();
  tracer_.record(TraceKind::Wake, roused.time_ns, roused.by);
}

// Running or suspended: all but those that are kept ready.
std::uint32_t Worker::live_fibers() const {
  std::uint32_t live = 0;
  for (std::size_t i = 0; i < kStackClasses; ++i) {
    live += pools_[i].in_use() - (spares_[i] != nullptr ? 1 : 0);
  }
  return live;
}

// What it has, or could have as far as it knows.
Abilities Worker::abilities() const {
  auto const can_have = [this](StackClass of) {
    return spares_[std::size_t(of)] != nullptr || pools_[std::size_t(of)].can_take();
  };
  return abilities_with(can_have(StackClass::Normal), can_have(StackClass::Large));
}

// What it has and can use at once: a fiber is there for all that it claims (W3).
Abilities Worker::abilities_now() {
  bool const has_large = scheduler_.uses_large_stacks() && has_fiber(StackClass::Large);
  return abilities_with(has_fiber(StackClass::Normal), has_large);
}

Abilities Worker::abilities_with(bool fiber, bool large_fiber) const {
  return (fiber ? kFiber : kNothing) | (large_fiber ? kLargeFiber : kNothing) |
         (is_raw_free_ ? kScript : kNothing) |
         (suspended_frame_fibers_ == 0 ? kForBackground : kNothing);
}

// True if there is a fiber to run something on (W3).
bool Worker::has_fiber(StackClass stack_class) {
  Fiber*& fiber = spare(stack_class);
  if (fiber != nullptr) return true;
  fiber = pool(stack_class).take();
  if (fiber != nullptr && fiber->seat == nullptr) {
    fiber->seat = this;  // W1
    TaskStack::make(*fiber, stack_class, scheduler_.task_capacity(), scheduler_.helping());
  }
  return fiber != nullptr;
}

// W4. A place that it has already stays.
bool Worker::take_place(Lane lane) {
  if (lane != Lane::Background || has_place_) return true;
  has_place_ = suspended_frame_fibers_ == 0 && scheduler_.background().take();
  return has_place_;
}

void Worker::give_place() {
  if (!std::exchange(has_place_, false)) return;
  if (scheduler_.background().give()) scheduler_.wake_for_background();
}

// Runs the job and then what it makes ready, one after the other.
void Worker::run_job(Job* job) {
  for (std::uint32_t steps = 0; job != nullptr; ++steps) {
    if (!can_run(*job) || steps == kRunNextMax) {
      Lane const lane = job->lane;
      queue(lane).push(*job);
      wake_for_queue(lane);
      return;
    }
    count(jobs_);
    if (job->kind == Job::Kind::Plain) {
      record_span_begin(job->label);
      job = job->run(*job);
      record_span_end();
    } else if (job->kind == Job::Kind::Script) {
      job = run_script_job(*job);
    } else {
      job_ = job;
      TaskStack& tasks = TaskStack::of(*spare(job->stack));
      tasks.inherit(job->lane, nullptr);
      tasks.set_label(job->label);
      run_on_spare(job->stack);
      job = std::exchange(run_next_, nullptr);
    }
  }
}

bool Worker::can_run(Job const& job) {
  bool const has_stack = job.kind == Job::Kind::Plain ||
                         (job.kind == Job::Kind::Script ? is_raw_free_ : has_fiber(job.stack));
  return has_stack && take_place(job.lane);
}

void Worker::run_on_spare(StackClass stack_class) {
  CHECK(spare(stack_class) != nullptr);
  enter(*std::exchange(spare(stack_class), nullptr));
}

// Runs the fiber until it leaves, and does what it has left to be done (W2).
void Worker::enter(Fiber& fiber) {
  DCHECK(fiber.seat == this);  // W1
  TaskStack& tasks = TaskStack::of(fiber);
  std::uint32_t const live = live_fibers();
  fibers_.store(live, relaxed);
  if (live > fibers_max_.load(relaxed)) fibers_max_.store(live, relaxed);
  victim_.enter(tasks, scheduler_.sleepers());
  running_tasks = &tasks;
  tracer_.record(TraceKind::Run, tasks.trace_id(), tasks.label());
  fiber.enter(*host_);
  running_tasks = nullptr;
  victim_.leave();
  After const after = std::exchange(after_, After{});
  tracer_.record(after.publish != nullptr ? TraceKind::Suspend : TraceKind::End, tasks.trace_id());
  if (after.publish != nullptr) {
    after.publish(fiber, after.arg);
  } else {
    pool(tasks.stack_class).give(fiber);
  }
  fibers_.store(live_fibers(), relaxed);
}

// The body of every fiber: a root job or a stolen task, again and again.
void Worker::run_fiber(Fiber& fiber) {
  auto& worker = *static_cast<Worker*>(fiber.seat);
  TaskStack& tasks = TaskStack::of(fiber);
  while (true) {
    if (Task* task = std::exchange(worker.stolen_, nullptr)) {
      task->run(*task, KernelContext(tasks.deque));
      wake_waiter(finish(*task));
      count(worker.stolen_tasks_);
    } else {
      Job* job = std::exchange(worker.job_, nullptr);
      worker.run_next_ = job->run(*job);
    }
    CHECK(tasks.deque.head() == 0);  // C7: every fork has had its join.
    fiber.leave();
  }
}

void Worker::suspend(void (*publish)(Fiber&, void*), void* arg) {
  Fiber* fiber = Fiber::running();
  CHECK(fiber != nullptr);
  count(suspensions_);
  TaskStack& tasks = TaskStack::of(*fiber);
  if (tasks.deque.head() != 0) {
    (void)tasks.deque.share_all();
    if (tasks.deque.has_shared()) {
      victim_.list(tasks);  // C6
      scheduler_.sleepers().wake_one(tasks.needs());
    }
  }
  bool const is_frame = tasks.lane() == Lane::Frame;
  if (is_frame) ++suspended_frame_fibers_;
  after_ = {publish, arg};
  fiber->leave();
  if (is_frame) --suspended_frame_fibers_;
}

void Worker::yield() {
  auto const to_the_end = [](Fiber& self, void* worker) {
    auto& here = *static_cast<Worker*>(worker);
    bool const is_background = TaskStack::of(self).lane() == Lane::Background;
    (is_background ? here.resumed_[std::size_t(Lane::Background)] : here.yielded_).push_back(self);
  };
  suspend(to_the_end, this);
}

bool Worker::has_frame_work() const {
  auto const frame = std::size_t(Lane::Frame);
  return inbox_.has_items() || queues_[frame].has_work(kEverything) || !resumed_[frame].empty() ||
         scheduler_.injected(Lane::Frame).has_items();
}

void Worker::post(Fiber& newest, Fiber& oldest) {
  scheduler_.require_here();
  if (inbox_.push_chain(newest, oldest)) wake();
}

void Worker::wake() {
  scheduler_.sleepers().wake(sleeper_);
}

void Worker::push(Queue<Job>&& jobs) {
  std::array<Queue<Job>, kLanes> by_lane;
  while (Job* job = jobs.pop_front()) by_lane[std::size_t(job->lane)].push_back(*job);
  for (std::size_t i = 0; i < kLanes; ++i) {
    if (by_lane[i].empty()) continue;
    queues_[i].push(std::move(by_lane[i]));
    wake_for_queue(Lane(i));
  }
}

WorkerStats Worker::stats() const {
  auto const read = [](Counter const& counter) { return counter.value.load(relaxed); };
  return {.tasks = read(jobs_) + read(stolen_tasks_),
          .steals = read(steals_),
          .failed_steals = read(failed_steals_),
          .helps = read(helps_),
          .leapfrogs = read(leapfrogs_),
          .parks = read(parks_),
          .suspensions = read(suspensions_),
          .fibers = fibers_.load(relaxed),
          .fibers_max = fibers_max_.load(relaxed)};
}

}  // namespace heddle
