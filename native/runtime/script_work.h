#pragma once
// What isolates see of a job in JavaScript: what is to be run, and how its parts are to end.

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/lock.h"
#include "sched/lane.h"
#include "sched/script.h"

namespace heddle {

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
  double handle = 0;              // Of its result, where its caller is
};

// What came of running it.
struct ScriptOutcome {
  enum class Kind : std::uint8_t { Number, Nothing, Bytes, Thrown, Later, Died };
  Kind kind = Kind::Number;
  double number = 0;
  std::string bytes;  // A result, or what was thrown.
};

// How many numbers may differ from one run to the next without new bindings.
inline constexpr std::size_t kAgainValuesMax = 16;

class ScriptWork : public ScriptRoot {
 public:
  // Of what is run again and again: what its bindings are called on isolates, which of them they
  // are, and the numbers among them. A key of 0: it is run once.
  struct Again {
    std::uint64_t key = 0;
    std::uint32_t version = 0;
    std::span<double const> values;
  };
  virtual Again again() const { return {}; }

  ScriptRequest const& request() const { return request_; }

  // No other run has it, of this job or another.
  std::uint64_t number() const { return number_; }

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
  virtual void add_progress(double) {}

 protected:
  ScriptWork(Run runs, ScriptRequest request);
  ~ScriptWork() = default;

  // It is to be run once more. When nobody has it.
  void renew();

  ScriptRequest request_;

 private:
  std::uint64_t number_;
  // Relaxed, both: who sees them late does what he need not.
  Atomic<bool> has_failed_{false};
  Atomic<bool> has_overflowed_{false};
  Lock lock_;
  std::vector<std::string> faults_;
};

}  // namespace heddle
