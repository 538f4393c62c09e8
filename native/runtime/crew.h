#pragma once
// The threads of one scheduler, and the runtimes that use them: its owner's, and one for each other
// JavaScript thread that has attached.
//
// Rules, cited below by name:
//   W1  The list of runtimes is guarded by the lock, and a runtime leaves it before it ends: who
//       finds one there may call it.
//   W2  The threads end after every runtime on the list has been shut, and with them nobody
//       submits any more.

#include <cstdint>
#include <memory>
#include <vector>

#include "base/lock.h"
#include "flow/timeline.h"
#include "io/io.h"
#include "runtime/recording.h"
#include "sched/scheduler.h"

namespace heddle {

class Runtime;
class Scripts;

class Crew {
 public:
  // What its handle carries: see weak_registry.h.
  using Key = std::uint64_t;

  static Result<std::shared_ptr<Crew>> start(SchedulerOptions const& options, IoOptions::Wanted io);
  ~Crew();
  Crew(Crew const&) = delete;
  Crew& operator=(Crew const&) = delete;

  // The one with this key, or null: it was closed, or is of another process. Any thread.
  static std::shared_ptr<Crew> find(Key key);

  Key key() const { return key_; }
  Scheduler& scheduler() { return *scheduler_; }
  Scripts& scripts() { return *scripts_; }
  std::string const& name() const { return name_; }
  IoOptions::Wanted io() const { return io_; }
  Recording& recording() { return recording_; }

  // False: it is closed. Any thread.
  [[nodiscard]] bool add(Runtime& runtime);

  // One more timeline to be closed with it. False: it is closed. Any thread.
  [[nodiscard]] bool add(std::shared_ptr<Timeline> const& timeline);

  // Shuts the runtime, unless close() has. Any thread but a worker.
  void remove(Runtime& runtime);

  // What has been computed for all who have ever used it, beside jobs. Any thread.
  std::uint64_t computed();

  // Closes the timelines, shuts all runtimes, and ends the threads. False: isolates run kernels
  // still, and the deadline has passed; call it again then. The owner.
  [[nodiscard]] bool close_until(std::uint64_t deadline_ns);

 private:
  Crew(std::unique_ptr<Scheduler> scheduler, SchedulerOptions const& options, IoOptions::Wanted io);

  Key const key_;
  std::string const name_;
  IoOptions::Wanted const io_;
  std::unique_ptr<Scheduler> scheduler_;
  std::unique_ptr<Scripts> scripts_;
  Recording recording_{*scheduler_};
  Lock lock_;  // W1
  std::vector<Runtime*> runtimes_;
  std::vector<std::weak_ptr<Timeline>> timelines_;
  std::size_t timelines_checked_ = 16;  // When there are so many, the gone ones are dropped.
  std::uint64_t computed_before_ = 0;   // For those who have left.
  bool is_closed_ = false;
};

}  // namespace heddle
