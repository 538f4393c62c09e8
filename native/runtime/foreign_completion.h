#pragma once
// A value that comes when somebody signals: native code of others, or another JavaScript thread.
//
// Rules, cited below by name:
//   X1  signal() takes no lock and no memory: it submits an operation that is here already, to an
//       engine that has begun.
//   X2  The gate is shut before the engines stop: so who signals finds them, and what was signalled
//       comes.
//   X3  Its runtime holds it until it is over, and so does each one who has its pointer.

#include <cstdint>
#include <memory>
#include <unordered_map>

#include "base/gate.h"
#include "heddle/completion.h"
#include "io/io.h"

namespace heddle {

struct Cell;
class ForeignCompletions;

class ForeignCompletion final : public Operation {
 public:
  // For native code, which gives it up by heddle_signal(). Null: it is over, or of another process.
  // Any thread.
  static heddle_completion* pointer(std::uint64_t key);

  // False: as above. Any thread.
  static bool signal(std::uint64_t key);

 private:
  friend class ForeignCompletions;
  struct Held;
  ForeignCompletion(Io& io, Cell& cell, std::shared_ptr<ForeignCompletions> all);

  static Fiber* over(Operation& self);
  void signal();

  Io& io_;
  Cell& cell_;
  std::uint64_t const key_;
  std::shared_ptr<ForeignCompletions> const all_;
  Atomic<bool> is_signalled_{false};
};

// Those of one runtime that are not over.
class ForeignCompletions : public std::enable_shared_from_this<ForeignCompletions> {
 public:
  // The key of a new one. `cell` was prepared by Stream::expect(). Fails where the engine cannot
  // begin, or with ECANCELED after shut(), and then leaves the cell alone. The owner of the
  // runtime.
  Result<std::uint64_t> make(Io& io, Cell& cell);

  // Fails those that nobody has signalled, and takes no more. Before the Io stops; once.
  void shut();

 private:
  friend class ForeignCompletion;
  std::shared_ptr<ForeignCompletion> take(std::uint64_t key);

  Gate gate_;  // X2: who signals is within.
  Lock lock_;
  bool is_shut_ = false;
  std::unordered_map<std::uint64_t, std::shared_ptr<ForeignCompletion>> open_;  // X3
};

}  // namespace heddle
