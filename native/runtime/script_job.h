#pragma once
// A dispatch, a call: JavaScript that runs on isolates and settles a cell.
//
//   state       meaning                                               left by
//   kWaiting    in a queue, or held back until modules are loaded     run; drop
//   kRunning    an isolate runs it                                    its end; drop
//   kDropped    its cell was settled without it                       nobody
//
// Rules, cited below by name:
//   J1  Whoever leaves kWaiting or kRunning settles the cell.
//   J2  A job whose isolate has died is kept until the scheduler has stopped: thieves may still run
//       tasks of it (X4 in script.h). Others are freed by whoever takes them out of the queues.

#include <memory>

#include "io/canceller.h"
#include "runtime/runtime.h"
#include "runtime/script_work.h"

namespace heddle {

class Scripts;

class ScriptJob final : public ScriptWork, public Cancellable {
 public:
  // Only start() has one.
  class Key {
    friend class ScriptJob;
    Key() = default;
  };

  ScriptJob(Key, Runtime& runtime, Mailbox& mailbox, Cell& cell, Type type, ScriptRequest request);

  // `cell` was prepared as Number or Bytes.
  static std::shared_ptr<ScriptJob> start(Runtime& runtime, Mailbox& mailbox, Cell& cell, Type type,
                                          ScriptRequest request);

  // How one went that waited, and was kept by its isolate (Later). The isolate's thread.
  static void end_later(ScriptJob& job, ScriptOutcome outcome);

  // Asks it to end. Any thread that owns it.
  void cancel() override;
  bool has_begun() const override;

  // Fails it as one whose isolate has died, unless it has begun. Any thread.
  void fail_waiting();

  // Settles its cell as cancelled, unless it is settled. Any thread, when nobody can run it.
  void fail();

  // On the list of those that have not ended, under its lock.
  bool is_listed = false;
  ScriptJob* before = nullptr;
  ScriptJob* after = nullptr;

  // In the round of Scripts that it has begun in, under that lock.
  bool is_in_round = false;
  std::uint32_t round = 0;

  Home& home() const { return home_; }
  void add_progress(double count) override;

 private:
  friend class Scripts;
  enum State : std::uint32_t { kWaiting, kRunning, kDropped };

  static Job* run_job(Job& self);
  void settle(ScriptOutcome outcome);
  void settle_thrown(ScriptOutcome const& outcome);
  void settle_cancelled();
  bool drop(State from);

  Scripts& scripts_;
  Home& home_;
  Mailbox& mailbox_;
  Cell& cell_;
  Type const type_;
  Atomic<std::uint32_t> state_{kWaiting};
  std::uint64_t const asked_ns_;
  Atomic<std::uint64_t> done_{0};
  Atomic<std::uint64_t> told_ns_{0};
  Atomic<bool> has_begun_{false};
  std::shared_ptr<ScriptJob> self_;  // Until it is freed (J2).
};

}  // namespace heddle
