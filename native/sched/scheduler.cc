// Starting, feeding and stopping a scheduler.

#include "sched/scheduler.h"

#include <unistd.h>

#include <algorithm>
#include <numeric>
#include <optional>
#include <utility>

#include "base/check.h"
#include "base/clock.h"
#include "base/membarrier.h"
#include "fiber/overflow.h"

namespace heddle {

namespace {

constexpr std::uint64_t kLong = 3600 * kNanosecondsPerSecond;

constexpr std::size_t kStackBytesMin = 16 * 1024;  // Less has no room for a C library call.

std::size_t round_up_to_pages(std::size_t bytes) {
  auto const page = std::size_t(sysconf(_SC_PAGESIZE));
  return (bytes + page - 1) / page * page;
}

}  // namespace

Scheduler::Scheduler(SchedulerOptions const& options, Helping helping)
    : task_capacity_(options.task_capacity),
      helping_(helping),
      slabs_{FiberSlabs(
                 {round_up_to_pages(options.stack_bytes), TaskStack::bytes(options.task_capacity)}),
             FiberSlabs({round_up_to_pages(options.large_stack_bytes),
                         TaskStack::bytes(options.task_capacity)})},
      sleepers_(std::max(1u, options.threads / 2)),
      background_(options.threads) {
}

Scheduler::~Scheduler() {
  CHECK(is_stopping() || workers_.empty());
}

Result<std::unique_ptr<Scheduler>> Scheduler::start(SchedulerOptions const& options) {
  CHECK(options.threads >= 1 && options.threads <= 1024);
  CHECK(options.stack_bytes >= kStackBytesMin);
  CHECK(options.task_capacity >= 1 && options.task_capacity <= 1u << 24);
  CHECK(options.large_stack_bytes >= kStackBytesMin);
  install_overflow_handler();
  Helping const helping = membarrier_register().ok() ? options.helping : Helping::ByOwner;
  std::unique_ptr<Scheduler> scheduler(new Scheduler(options, helping));
  std::uint32_t const fibers_each = std::max(1u, options.fibers_max / options.threads);
  for (std::uint32_t i = 0; i < options.threads; ++i) {
    scheduler->workers_.push_back(std::make_unique<Worker>(*scheduler, i, fibers_each));
  }
  std::optional<Topology> machine;
  if (options.pin) machine = read_topology("", allowed_processors());
  scheduler->assign_victims(machine ? &*machine : nullptr);
  // All of them exist before the first runs: it looks at every one.
  for (std::uint32_t i = 0; i < options.threads; ++i) {
    std::string const name = options.name + "/" + std::to_string(i);
    Result<void> const started = scheduler->workers_[i]->start(name.c_str());
    if (!started.ok()) {
      scheduler->stop();
      return started.error();
    }
    // Refused: it stays unpinned.
    if (machine) (void)scheduler->workers_[i]->thread_.pin(processor_of_seat(*machine, i).id);
  }
  return scheduler;
}

// In one group where the workers move: who is near changes all the time.
void Scheduler::assign_victims(Topology const* pinned_to) {
  std::vector<std::uint32_t> all(threads());
  std::iota(all.begin(), all.end(), 0u);
  for (std::uint32_t i = 0; i < threads(); ++i) {
    if (pinned_to == nullptr) {
      workers_[i]->set_victims({all});
    } else {
      workers_[i]->set_victims(victim_groups(*pinned_to, i, threads()));
    }
  }
}

void Scheduler::submit(Queue<Job>&& jobs) {
  require_here();
  Queue<Job> rest = std::move(jobs);
  for (Job const* job = rest.front(); job != nullptr; job = job->next) {
    // Before the job can be found; who takes it looks at this next. Relaxed: published with it.
    if (job->stack == StackClass::Large) uses_large_stacks_.store(true, relaxed);
  }
  Worker* const here = Worker::current();
  if (here != nullptr && &here->scheduler() == this) return here->push(std::move(rest));
  std::array<Stack<Job>, kLanes> chains;
  std::array<Job*, kLanes> oldest{};
  std::array<Abilities, kLanes> needs{};
  while (Job* job = rest.pop_front()) {
    auto const lane = std::size_t(job->lane);
    if (oldest[lane] == nullptr) oldest[lane] = job;
    needs[lane] = oldest[lane] == job ? needs_of(*job) : needs[lane] & needs_of(*job);
    chains[lane].push(*job);
  }
  for (std::size_t lane = 0; lane < kLanes; ++lane) {
    if (oldest[lane] == nullptr) continue;
    (void)injected_[lane].push_chain(*chains[lane].top(), *oldest[lane]);
    bool const is_background = Lane(lane) == Lane::Background;
    sleepers_.wake_one(needs[lane] | (is_background ? kForBackground : kNothing));
  }
}

void Scheduler::submit(Job& job) {
  Queue<Job> one;
  one.push_back(job);
  submit(std::move(one));
}

void Scheduler::stop() {
  while (!stop_until(now_ns() + kLong)) {
  }
}

bool Scheduler::stop_until(std::uint64_t deadline_ns) {
  // Release pairs with is_stopping(): what was submitted before is found before a worker ends.
  stopping_.store(true, release);
  // A child of fork() has none of the threads, and what they had locked stays locked.
  if (!origin_.is_here()) return true;
  for (auto& worker : workers_) worker->wake();
  for (auto& worker : workers_) {
    if (!worker->await_end(deadline_ns)) return false;
  }
  return true;
}

bool Scheduler::is_stopping() const {
  // Acquire pairs with stop().
  return stopping_.load(acquire);
}

bool Scheduler::has_injected(Abilities has, bool has_place) {
  if (injected(Lane::Frame).has_items() || injected(Lane::Normal).has_items()) return true;
  return injected(Lane::Background).has_items() && covers(usable(has, has_place), kForBackground);
}

bool Scheduler::has_work(Abilities has) {
  if (has_injected(has)) return true;
  Abilities const can = usable(has);
  bool found = false;
  // All of them, even after the first find: asking is half of what this is for.
  for (auto& worker : workers_) found |= worker->has_work(can);
  return found;
}

Abilities Scheduler::private_needs(Abilities has) {
  if (helping_ == Helping::ByOwner) return kNothing;
  if (!runs_fibers()) return kNothing;
  Abilities const can = usable(has);
  membarrier();  // Pairs with the compiler barrier in SplitDeque::push().
  for (auto& worker : workers_) {
    Abilities const needs = worker->private_needs(can);
    if (needs != kNothing) return needs;
  }
  return kNothing;
}

Abilities Scheduler::usable(Abilities has, bool has_place) {
  bool const background = covers(has, kForBackground) && (has_place || background_.has_place());
  return background ? has : Abilities(has & ~kForBackground);
}

bool Scheduler::runs_fibers() const {
  return std::any_of(workers_.begin(), workers_.end(),
                     [](auto const& worker) { return worker->victim().is_entered(); });
}

void Scheduler::wake_for_rest(Sleepers::Followers followers) {
  for (Abilities const stack : {kNothing, kFiber, kLargeFiber, kScript}) {
    for (Abilities const lane : {kNothing, kForBackground}) {
      Abilities const needs = stack | lane;
      if (has_work(needs)) return sleepers_.wake_one(needs, followers);
    }
  }
  // Who is woken will help the owner in a while, if it is still in its leaf then.
  Abilities const needs = private_needs(kEverything);
  if (needs != kNothing) sleepers_.wake_one(needs, followers);
}

void Scheduler::wake_for_background() {
  for (auto& worker : workers_) {
    if (worker->waits_for_place()) worker->wake();
  }
  wake_for_rest();
}

Scheduler::HighWater Scheduler::high_water() {
  FiberSizes const normal = slabs(StackClass::Normal).touched();
  FiberSizes const large = slabs(StackClass::Large).touched();
  std::size_t const tail = std::max(normal.tail_bytes, large.tail_bytes);
  std::size_t const tasks = tail > TaskStack::bytes(0) ? (tail - TaskStack::bytes(0)) / sizeof(Task)
                                                       : 0;
  return {.stack_bytes = normal.stack_bytes,
          .large_stack_bytes = large.stack_bytes,
          .tasks = std::uint32_t(std::min<std::size_t>(tasks, task_capacity_))};
}

bool Scheduler::start_trace(std::size_t events) {
  CHECK(events > 0);
  for (auto& worker : workers_) {
    if (!worker->tracer().start(events)) {
      stop_trace();
      return false;
    }
  }
  this_waker = {&sleepers_, Roused::kTracing};
  sleepers_.trace(true);
  return true;
}

void Scheduler::stop_trace() {
  sleepers_.trace(false);
  for (auto& worker : workers_) worker->tracer().stop();
}

}  // namespace heddle
