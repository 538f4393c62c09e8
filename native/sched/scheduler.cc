// Starting, feeding and stopping a scheduler.

#include "sched/scheduler.h"

#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "fiber/overflow.h"

namespace heddle {

namespace {

constexpr std::size_t kStackBytesMin = 16 * 1024;  // Less has no room for a C library call.

std::size_t round_up_to_pages(std::size_t bytes) {
  auto const page = std::size_t(sysconf(_SC_PAGESIZE));
  return (bytes + page - 1) / page * page;
}

// The index-th processor that this process may use, round and round. Refused: it stays unpinned.
void pin(pthread_t thread, std::uint32_t index) {
  cpu_set_t allowed;
  if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) return;
  int left = int(index % std::uint32_t(CPU_COUNT(&allowed)));
  for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
    if (!CPU_ISSET(cpu, &allowed) || left-- > 0) continue;
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    (void)pthread_setaffinity_np(thread, sizeof one, &one);
    return;
  }
}

}  // namespace

Scheduler::Scheduler(SchedulerOptions const& options)
    : task_capacity_(options.task_capacity),
      slabs_({round_up_to_pages(options.stack_bytes), TaskStack::bytes(options.task_capacity)}),
      sleepers_(std::max(1u, options.threads / 2)) {
}

Scheduler::~Scheduler() {
  CHECK(is_stopping() || workers_.empty());
}

Result<std::unique_ptr<Scheduler>> Scheduler::start(SchedulerOptions const& options) {
  CHECK(options.threads >= 1 && options.threads <= 1024);
  CHECK(options.stack_bytes >= kStackBytesMin);
  CHECK(options.task_capacity >= 1 && options.task_capacity <= 1u << 24);
  install_overflow_handler();
  std::unique_ptr<Scheduler> scheduler(new Scheduler(options));
  std::uint32_t const fibers_each = std::max(1u, options.fibers_max / options.threads);
  for (std::uint32_t i = 0; i < options.threads; ++i) {
    scheduler->workers_.push_back(std::make_unique<Worker>(*scheduler, i, fibers_each));
  }
  // All of them exist before the first runs: it looks at every one.
  for (std::uint32_t i = 0; i < options.threads; ++i) {
    std::string const name = options.name + "/" + std::to_string(i);
    Result<void> const started = scheduler->workers_[i]->start(name.c_str());
    if (!started.ok()) {
      scheduler->stop();
      return started.error();
    }
    if (options.pin) pin(scheduler->workers_[i]->thread_.handle(), i);
  }
  return scheduler;
}

void Scheduler::submit(Queue<Job>&& jobs) {
  if (jobs.empty()) return;
  Worker* const here = Worker::current();
  if (here != nullptr && &here->scheduler() == this) return here->push(std::move(jobs));
  Job* const oldest = jobs.front();
  Stack<Job> chain;
  Takers takers = Takers::WithFiber;
  while (Job* job = jobs.pop_front()) {
    if (job->kind == Job::Kind::Plain) takers = Takers::All;
    chain.push(*job);
  }
  (void)injected_.push_chain(*chain.top(), *oldest);
  sleepers_.wake_one(takers);
}

void Scheduler::submit(Job& job) {
  Queue<Job> one;
  one.push_back(job);
  submit(std::move(one));
}

void Scheduler::stop() {
  // Release pairs with is_stopping(): what was submitted before is found before a worker ends.
  stopping_.store(true, release);
  for (auto& worker : workers_) worker->wake();
  for (auto& worker : workers_) worker->join();
}

bool Scheduler::is_stopping() const {
  // Acquire pairs with stop().
  return stopping_.load(acquire);
}

bool Scheduler::has_work(bool for_fiber) {
  if (injected_.has_items()) return true;
  bool found = false;
  // All of them, even after the first find: asking is half of what this is for.
  for (auto& worker : workers_) found |= worker->has_work(for_fiber);
  return found;
}

}  // namespace heddle
