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
#include <string>
#include <vector>

#include "base/lock.h"
#include "io/canceller.h"
#include "runtime/runtime.h"
#include "sched/script.h"

namespace heddle {

class Scripts;

struct ScriptRequest {
  static constexpr std::size_t kNumbers = 6;

  std::uint32_t kernel = 0;  // The number of its text
  std::uint32_t mode = 0;    // What lib makes of it: native code does not look
  double numbers[kNumbers] = {};
  std::string bytes;  // A clone of bindings or arguments, or empty
  Lane lane = Lane::Normal;
  bool is_dropped_early = false;  // When cancelled it is settled at once, also while it runs
  std::uint32_t module = 0;       // The number of one that it needs; 0: none
  std::uint32_t progress = 0;     // The token of Progress letters; 0: none
  std::uint32_t label = 0;        // Of its name in traces
  std::uint32_t lost = 0;         // The token of a letter when nobody was told of its failure
  std::uint32_t started = 0;      // The token of a letter when it begins; 0: none
};

// What came of running it.
struct ScriptOutcome {
  enum class Kind : std::uint8_t { Number, Nothing, Bytes, Thrown, Later, Died };
  Kind kind = Kind::Number;
  double number = 0;
  std::string bytes;  // A result, or what was thrown.
};

class ScriptJob final : public ScriptRoot, public Cancellable {
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

  // Fails it as one whose isolate has died, unless it has begun. Any thread.
  void fail_waiting();

  // Settles its cell as cancelled, unless it is settled. Any thread, when nobody can run it.
  void fail();

  // On the list of those that have not ended, under its lock.
  bool is_listed = false;
  ScriptJob* before = nullptr;
  ScriptJob* after = nullptr;

  ScriptRequest const& request() const { return request_; }
  std::uint64_t number() const { return number_; }
  Home& home() const { return home_; }

  // What a task of it has thrown: any isolate.
  std::uint32_t add_fault(std::string bytes);
  std::string fault(std::uint32_t number);

  // A part of it has thrown what nobody catches: others stop. Any isolate.
  void note_failure() { has_failed_.store(true, relaxed); }
  bool is_over() const { return has_failed_.load(relaxed) || is_cancelled.load(relaxed); }

  // A part of it has used up its stack. What is stolen from then on fails at once: endless
  // recursion would have an endless part again in each task that somebody has stolen. Any isolate.
  void note_overflow() { has_overflowed_.store(true, relaxed); }
  bool has_overflowed() const { return has_overflowed_.load(relaxed); }

  // So many more indices are done. Any isolate.
  void add_progress(double count);

 private:
  friend class Scripts;
  enum State : std::uint32_t { kWaiting, kRunning, kDropped };

  static Job* run_job(Job& self);
  void settle(ScriptOutcome outcome);
  void settle_thrown(ScriptOutcome const& outcome);
  void settle_cancelled();
  bool drop(State from);

  std::uint64_t const number_;
  Scripts& scripts_;
  Home& home_;
  Mailbox& mailbox_;
  Cell& cell_;
  Type const type_;
  ScriptRequest const request_;
  Atomic<std::uint32_t> state_{kWaiting};
  std::uint64_t const asked_ns_;
  // Relaxed, both: who sees them late does what he need not.
  Atomic<bool> has_failed_{false};
  Atomic<bool> has_overflowed_{false};
  Atomic<std::uint64_t> done_{0};
  Atomic<std::uint64_t> told_ns_{0};
  Lock lock_;
  std::vector<std::string> faults_;
  std::shared_ptr<ScriptJob> self_;  // Until it is freed (J2).
};

}  // namespace heddle
