// How many independent jobs a second run that one of the workers pushes, in batches?
#include "problems/jobs.h"

#include <array>
#include <atomic>
#include <memory>

#include "sched/suspend.h"
#include "support/pool.h"
#include "support/program.h"

using bench::Jobs;

// Jobs that have run, counted by each thread for itself: a common counter would be all we measured.
class Tally {
 public:
  void count() {
    thread_local std::size_t const place = places_++;
    auto& own = counts_[place].value;
    own.store(own.load(std::memory_order_relaxed) + 1, std::memory_order_release);
  }
  std::size_t sum() const {
    std::size_t sum = 0;
    for (Count const& one : counts_) sum += one.value.load(std::memory_order_acquire);
    return sum;
  }

 private:
  struct alignas(64) Count {
    std::atomic<std::size_t> value{0};
  };
  std::array<Count, 64> counts_;
  std::atomic<std::size_t> places_{0};
};

static Tally tally;

struct OneJob : heddle::Job {
  OneJob(Jobs& of, std::size_t number) : Job(run_it, Kind::Plain), jobs(of), i(number) {}

  static heddle::Job* run_it(heddle::Job& self) {
    auto& job = static_cast<OneJob&>(self);
    job.jobs.run(job.i);
    tally.count();
    return nullptr;
  }

  Jobs& jobs;
  std::size_t i;
};

// Memory for the jobs, which are made as they are pushed.
using Memory = std::unique_ptr<OneJob, decltype(&std::free)>;

int main(int argc, char** argv) {
  static constexpr std::size_t kBatch = 256;
  std::size_t const most = Jobs::kFull;
  Memory const memory(static_cast<OneJob*>(std::malloc(most * sizeof(OneJob))), std::free);
  std::fill_n(reinterpret_cast<char*>(memory.get()), most * sizeof(OneJob), '\0');  // Touched.
  std::unique_ptr<heddle::Scheduler> scheduler;
  auto const pool = [&](unsigned workers, auto const& body) {
    scheduler = bench::start({.threads = workers});
    heddle::run(*scheduler, body);
    scheduler->stop();
  };
  auto const solve = [&](heddle::KernelContext, Jobs& jobs) {
    std::size_t const before = tally.sum(), count = jobs.done.size();
    for (std::size_t i = 0; i < count;) {
      heddle::Queue<heddle::Job> batch;
      for (std::size_t end = std::min(i + kBatch, count); i < end; ++i) {
        batch.push_back(*new (memory.get() + i) OneJob(jobs, i));
      }
      scheduler->submit(std::move(batch));
    }
    while (tally.sum() - before < count) heddle::yield();
    return true;
  };
  return bench::solve_problem<Jobs>(argc, argv, bench::kHeddle, pool, solve);
}
