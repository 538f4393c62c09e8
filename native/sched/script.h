#pragma once
// Tasks in JavaScript, as the core sees them: a function's number and its arguments in a record, on
// the task stack of an isolate.
//
// An isolate that sits in a worker's seat runs JavaScript on its thread's own stack, its raw stack,
// and has one task stack for that. It forks and joins by plain loads and stores, as KernelContext
// does in C++, and comes to the slow paths in isolate.cc by a call each.
//
// Rules, cited below by name:
//   X1  Script tasks run on raw stacks only; fibers never claim them (C5): needs() says so.
//   X2  A raw stack that waits for a stolen task runs what that one's thief has forked, and
//   switches
//       to fibers of its seat. No other script task runs on top of it.
//   X3  It does not leave its stack to wait, so whoever finishes the task wakes its seat, and it
//       looks whether that task is done: on one raw stack several may be waited for.
//   X4  A raw stack whose isolate has died is given up: it is never used again, and its memory
//       stays, with what thieves still have of it.

#include <cstdint>
#include <cstring>

#include "base/atomic.h"
#include "sched/job.h"
#include "sched/task.h"

namespace heddle {

// What stands in place of the function's address: the number of a JavaScript function, and how many
// arguments there are. Each is a double in the payload.
struct ScriptCall {
  static constexpr std::size_t kArgumentsMax = kPayloadBytes / sizeof(double);

  std::uint32_t function;
  std::uint32_t count;
};
static_assert(sizeof(ScriptCall) == sizeof(Task::Run));

inline ScriptCall script_call(Task const& task) {
  ScriptCall call;
  std::memcpy(&call, &task.run, sizeof(call));
  return call;
}

// What a script task leaves in its payload.
struct ScriptResult {
  static constexpr std::uint32_t kNoFault = 0;
  static constexpr std::uint32_t kDied = ~0u;          // Its isolate was ended.
  static constexpr std::uint32_t kNothing = ~0u - 1;   // It gave nothing: the number means nothing.
  static constexpr std::uint32_t kOverflow = ~0u - 3;  // Not run: see ScriptWork::note_overflow().

  double number;
  std::uint32_t fault;  // Or what was thrown: a number that its root knows.
};
static_assert(sizeof(ScriptResult) <= kPayloadBytes);

inline ScriptResult script_result(Task const& task) {
  ScriptResult result;
  std::memcpy(&result, task.payload, sizeof(result));
  return result;
}

inline void set_script_result(Task& task, ScriptResult const& result) {
  std::memcpy(task.payload, &result, sizeof(result));
}

// What script tasks belong to: a dispatch, a call. It stays until all of them are done.
struct ScriptRoot : Job {
  ScriptRoot(Run runs, Lane in) : Job(runs, Kind::Script, in) {}

  Atomic<bool> is_cancelled{false};
};

// The isolate that sits in a seat. Its own thread only.
class ScriptHost {
 public:
  // Runs the task's function, and leaves a ScriptResult. When it returns, as many tasks are on the
  // task stack as before.
  virtual void run(Task& task, ScriptRoot& root) = 0;

  // False: it is being ended, and runs nothing any more, as far as it knows.
  virtual bool is_alive() = 0;

  // The same, but asks: that takes a call of JavaScript.
  virtual bool probe() = 0;

 protected:
  ~ScriptHost() = default;
};

}  // namespace heddle
