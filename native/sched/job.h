#pragma once
// A unit of work that became ready by an event and not by a fork.

#include <cstdint>

#include "base/atomic.h"
#include "sched/lane.h"

namespace heddle {

struct Job {
  enum class Kind : std::uint8_t {
    Plain,   // Never waits and never forks: runs on the worker's own stack.
    Root,    // May wait and may fork: runs on a fiber.
    Script,  // JavaScript: runs on an isolate's own stack (script.h).
  };

  // Runs the job, which may be gone when this returns. Returns a job that it has made ready
  // and that this worker should run next, without a queue, or nullptr.
  using Run = Job* (*)(Job& self);

  Job(Run runs, Kind of, Lane in = Lane::Normal, StackClass on = StackClass::Normal)
      : run(runs), kind(of), lane(in), stack(on) {}

  Plain<Job*> next = nullptr;  // For the queue that holds it.
  Run run;
  Kind kind;
  Lane lane;
  StackClass stack;         // Of a root job.
  std::uint32_t label = 0;  // Its name in traces (labels.h), or 0.
};

}  // namespace heddle
