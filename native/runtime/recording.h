#pragma once
// The trace of a scheduler: since when it is recorded, and all of it as numbers for JavaScript.

#include <cstdint>
#include <vector>

#include "base/lock.h"
#include "base/result.h"
#include "sched/labels.h"
#include "sched/scheduler.h"

namespace heddle {

class Recording {
 public:
  explicit Recording(Scheduler& of) : scheduler_(of) {}

  // Forgets what there is, and records the last `events` events of each worker. Fails with ENOMEM.
  // Any thread; its wake-ups are told from others'.
  Result<void> start(std::size_t events);

  // Keeps what there is. Any thread; twice is fine.
  void stop();

  // What there is so far, in the words of lib/trace-rows.ts, which has the table. Times are
  // nanoseconds since start(). Any thread.
  std::vector<double> numbers();

 private:
  Scheduler& scheduler_;
  Lock lock_;
  std::uint64_t begun_ns_ = 0;  // 0: never.
  std::uint64_t ended_ns_ = 0;  // 0: not yet.
};

}  // namespace heddle
