// The worker's loop: what to run next, how fibers are entered, when to park.

#include "sched/worker.h"

#include <sched.h>

#include <cerrno>
#include <utility>

#include "base/check.h"
#include "base/clock.h"
#include "base/cpu.h"
#include "fiber/overflow.h"
#include "sched/fork_join.h"
#include "sched/scheduler.h"
#include "sched/suspend.h"

namespace heddle {

namespace {

constinit thread_local Worker* current_worker = nullptr;

constexpr std::uint32_t kFairTurn = 61;     // Of so many turns, three go to who is last otherwise.
constexpr std::uint32_t kRunNextMax = 256;  // A chain of jobs gives way after that many.
constexpr std::uint64_t kSearchNanoseconds = 20'000;

}  // namespace

constinit thread_local TaskStack* running_tasks = nullptr;

Worker::Worker(Scheduler& scheduler, std::uint32_t index, std::uint32_t fibers_max)
    : scheduler_(scheduler),
      index_(index),
      pool_(scheduler.slabs(), run_fiber, fibers_max),
      random_(index) {
}

Worker::~Worker() = default;

Result<void> Worker::start(char const* name) {
  if (!has_fiber()) return Errno(ENOMEM);  // With one each, no job waits for memory for ever.
  return thread_.start(name, run_thread, this);
}

Worker* Worker::current() {
  return current_worker;
}

void Worker::run_thread(void* self) {
  auto& worker = *static_cast<Worker*>(self);
  SignalStack const signal_stack;
  Host host;
  worker.host_ = &host;
  current_worker = &worker;
  worker.loop();
  current_worker = nullptr;
}

void Worker::loop() {
  while (true) {
    // Asked before the looks that follow it: what was submitted before stop() is found by them.
    bool const stopping = scheduler_.is_stopping();
    if (run_local()) continue;
    if (search()) continue;
    if (stopping && live_fibers() == 0) break;
    park();
  }
  stop_searching();
}

// Resumed fibers, own jobs, injected jobs, fibers that have yielded: what needs no search.
bool Worker::run_local() {
  if (run_out_of_turn()) return true;
  resumed_.append(inbox_.take());
  return run_first(resumed_) || run_queued() || claim_injected() || run_first(yielded_);
}

// Now and then somebody else comes first: fibers that are resumed for ever starve nobody.
bool Worker::run_out_of_turn() {
  switch (++turn_ % kFairTurn) {
    case 0:
      return claim_injected() || run_queued();
    case kFairTurn / 3:
      return claim_from(*this);  // C6: the children of fibers that wait.
    case kFairTurn * 2 / 3:
      return run_first(yielded_);
    default:
      return false;
  }
}

bool Worker::run_queued() {
  Job* const job = queue_.pop(has_fiber());
  if (job == nullptr) return false;
  stop_searching();
  run_job(job);
  return true;
}

bool Worker::run_first(Queue<Fiber>& fibers) {
  Fiber* const fiber = fibers.pop_front();
  if (fiber == nullptr) return false;
  stop_searching();
  enter(*fiber);
  run_job(std::exchange(run_next_, nullptr));
  return true;
}

// Takes everything that was injected: the first to run, the rest where others can steal it.
bool Worker::claim_injected() {
  Queue<Job> jobs = scheduler_.injected().take();
  if (jobs.empty()) return false;
  queue_.push(std::move(jobs));
  Job* const job = queue_.pop(has_fiber());
  stop_searching();
  wake_for_queue();
  run_job(job);
  return true;
}

// Looks at every other worker, for a bounded time. True if something was found, and run.
bool Worker::search() {
  if (!is_searching_) is_searching_ = scheduler_.sleepers().search();
  if (search_once()) return true;
  if (!is_searching_) return false;  // Enough others search.
  std::uint64_t const deadline = now_ns() + kSearchNanoseconds;
  do {
    for (int i = 0; i < 16; ++i) cpu_relax();
    if (inbox_.has_items() || scheduler_.injected().has_items()) return run_local();
    if (search_once()) return true;
  } while (now_ns() < deadline);
  return false;
}

// One round over all workers from a random one on; its own suspended fibers are victims too.
bool Worker::search_once() {
  std::uint32_t const workers = scheduler_.threads();
  std::uint32_t const first = random_.below(workers);
  for (std::uint32_t i = 0; i < workers; ++i) {
    if (claim_from(scheduler_.worker((first + i) % workers))) return true;
  }
  count(failed_steals_);
  return false;
}

bool Worker::claim_from(Worker& other) {
  if (has_fiber()) {  // W3
    Task* task = nullptr;
    if (other.victim().steal(task, scheduler_.sleepers()) == Steal::Taken) {
      stop_searching();
      count(steals_);
      stolen_ = task;
      run_on_spare();
      return true;
    }
  }
  if (&other == this) return false;  // Its own queue was looked at before.
  Job* job = other.queue().steal_half(queue_, has_fiber());
  if (job == nullptr) return false;
  stop_searching();
  count(steals_);
  wake_for_queue();
  run_job(job);
  return true;
}

void Worker::stop_searching() {
  if (std::exchange(is_searching_, false) && scheduler_.sleepers().found()) wake_for_rest();
}

// P3: whoever published while we searched has woken nobody.
void Worker::wake_for_rest() {
  if (!scheduler_.has_work(true)) return;
  scheduler_.sleepers().wake_one(scheduler_.has_work(false) ? Takers::All : Takers::WithFiber);
}

// Jobs that came into our queue count as published anew: while they moved nobody could see them.
void Worker::wake_for_queue() {
  if (!queue_.has_work(true)) return;
  scheduler_.sleepers().wake_one(queue_.has_work(false) ? Takers::All : Takers::WithFiber);
}

void Worker::park() {
  count(parks_);
  Sleepers& sleepers = scheduler_.sleepers();
  bool const for_fiber = has_fiber();
  sleepers.park(sleeper_, for_fiber ? Takers::WithFiber : Takers::All, is_searching_);
  if (!inbox_.doze() || scheduler_.has_work(for_fiber)) {
    sleepers.unpark(sleeper_);
  } else {
    if (is_searching_ && !for_fiber) wake_for_rest();  // P3: what it found and could not take.
    sleepers.sleep(sleeper_);
  }
  is_searching_ = true;  // P2: counted as one by whoever took us off the list.
}

// Running or suspended: all but the one that is kept ready.
std::uint32_t Worker::live_fibers() const {
  return pool_.in_use() - (spare_ != nullptr ? 1 : 0);
}

// True if there is a fiber to run something on: spare_ (W3).
bool Worker::has_fiber() {
  if (spare_ == nullptr) {
    spare_ = pool_.take();
    if (spare_ != nullptr && spare_->seat == nullptr) {
      spare_->seat = this;  // W1
      TaskStack::make(*spare_, scheduler_.task_capacity());
    }
  }
  return spare_ != nullptr;
}

// Runs the job and then what it makes ready, one after the other.
void Worker::run_job(Job* job) {
  for (std::uint32_t steps = 0; job != nullptr; ++steps) {
    bool const can_run = job->kind == Job::Kind::Plain || has_fiber();
    if (!can_run || steps == kRunNextMax) {
      queue_.push(*job);
      wake_for_queue();
      return;
    }
    count(jobs_);
    if (job->kind == Job::Kind::Plain) {
      job = job->run(*job);
    } else {
      job_ = job;
      run_on_spare();
      job = std::exchange(run_next_, nullptr);
    }
  }
}

void Worker::run_on_spare() {
  CHECK(spare_ != nullptr);
  enter(*std::exchange(spare_, nullptr));
}

// Runs the fiber until it leaves, and does what it has left to be done (W2).
void Worker::enter(Fiber& fiber) {
  DCHECK(fiber.seat == this);  // W1
  TaskStack& tasks = TaskStack::of(fiber);
  fibers_.store(live_fibers(), relaxed);
  victim_.enter(tasks, scheduler_.sleepers());
  running_tasks = &tasks;
  fiber.enter(*host_);
  running_tasks = nullptr;
  victim_.leave();
  After const after = std::exchange(after_, After{});
  if (after.publish != nullptr) {
    after.publish(fiber, after.arg);
  } else {
    pool_.give(fiber);
  }
  fibers_.store(live_fibers(), relaxed);
}

// The body of every fiber: a root job or a stolen task, again and again.
void Worker::run_fiber(Fiber& fiber) {
  auto& worker = *static_cast<Worker*>(fiber.seat);
  while (true) {
    if (Task* task = std::exchange(worker.stolen_, nullptr)) {
      task->run(*task);
      if (Fiber* waiter = finish(*task)) resume(*waiter);
      count(worker.stolen_tasks_);
    } else {
      Job* job = std::exchange(worker.job_, nullptr);
      worker.run_next_ = job->run(*job);
    }
    CHECK(TaskStack::of(fiber).deque.is_empty());  // C7: every fork has had its join.
    fiber.leave();
  }
}

void Worker::suspend(void (*publish)(Fiber&, void*), void* arg) {
  Fiber* fiber = Fiber::running();
  CHECK(fiber != nullptr);
  count(suspensions_);
  TaskStack& tasks = TaskStack::of(*fiber);
  if (!tasks.deque.is_empty()) {
    tasks.share_all();
    if (tasks.deque.has_shared()) victim_.list(tasks, scheduler_.sleepers());  // C6
  }
  after_ = {publish, arg};
  fiber->leave();
}

void Worker::yield() {
  auto const to_the_end = [](Fiber& self, void* worker) {
    static_cast<Worker*>(worker)->yielded_.push_back(self);
  };
  suspend(to_the_end, this);
}

bool Worker::has_work(bool for_fiber) {
  return queue_.has_work(for_fiber) || (for_fiber && victim_.has_shared());
}

void Worker::post(Fiber& newest, Fiber& oldest) {
  if (inbox_.push_chain(newest, oldest)) wake();
}

void Worker::wake() {
  scheduler_.sleepers().wake(sleeper_);
}

void Worker::push(Queue<Job>&& jobs) {
  queue_.push(std::move(jobs));
  wake_for_queue();
}

WorkerStats Worker::stats() const {
  auto const read = [](Counter const& counter) { return counter.value.load(relaxed); };
  return {.tasks = read(jobs_) + read(stolen_tasks_),
          .steals = read(steals_),
          .failed_steals = read(failed_steals_),
          .parks = read(parks_),
          .suspensions = read(suspensions_),
          .fibers = fibers_.load(relaxed)};
}

}  // namespace heddle
