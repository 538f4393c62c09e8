#pragma once
// What the reactor and the poller share: an engine of one thread, which takes operations through an
// intake, keeps timers, and sleeps as README.md tells.

#include <string>
#include <utility>

#include "base/thread.h"
#include "io/backend.h"
#include "io/intake.h"
#include "io/timer_heap.h"

namespace heddle {

class OneThread : public Backend {
 public:
  void submit(Operation& operation) final;
  void cancel(Operation& operation) final;
  void stop() final;

 protected:
  explicit OneThread(std::string name) : name_(std::move(name)) {}

  // Ends the sleep that the thread has announced (I3). Any thread.
  virtual void wake() = 0;

  // Of a fresh operation, of one that waits, or of all of them once the intake is closed.
  bool is_cancelled(Operation const& operation) const;

  // To finished_: those of `waiting` that are cancelled, and such timers. Looks at everything,
  // because callers cancel in bursts, and a burst costs one look.
  void end_cancelled(Queue<Operation>& waiting);
  void end_expired();
  void end(Operation& operation, std::int64_t result);

  std::string const name_;
  Thread thread_;

  // The thread's own.
  alignas(64) TimerHeap timers_;
  Queue<Operation> finished_;  // Completed, not yet delivered.
  bool closed_ = false;

  Intake<Operation> intake_;  // Everybody's, on a line of its own.
};

}  // namespace heddle
