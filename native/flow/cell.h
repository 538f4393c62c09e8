#pragma once
// A cell: one value that may not exist yet. An operation: what makes it, while it does not.
//
// An operation whose operands are all there when it is recorded is computed at once: that costs
// less than to hand it over, and its cell is all that it ever needs. One that has to wait gets an
// Maker. A cell that comes pushes its value into every operation that waits for it, so nobody
// reads a cell that might be gone. The last operand to arrive makes an operation ready.
//
//   state         meaning                                 left by
//   0             nothing is recorded                     record: computed, or begun
//   a Maker  the value has not come                  settle (store)
//   1 + type      value or fault may be read              tell (or)
//   3 + type      and all who waited have it, too         nobody
//
// Rules, cited below by name:
//   D1  value and fault are written before the cell is settled, and never again.
//   D2  An operation is run by whoever claims it: who brought its last operand, a worker, or a
//       thread that waits for it.
//   D3  The memory of a cell stays until its handles are gone and its operation is done with it;
//       that of an operation until it has left every queue. Both are freed by the stream's own
//       thread only (stream.h), so that this thread may follow the pointers from a cell to its
//       operation and from there, by `from`, to cells: `from` is cleared before the cell that it
//       names lets go.

#include <utility>

#include "base/atomic.h"
#include "flow/home.h"
#include "flow/missing.h"
#include "flow/value.h"
#include "flow/waiters.h"
#include "sched/inbox.h"
#include "sched/job.h"
#include "sched/labels.h"

namespace heddle {

struct Block;
struct Aftermath;
struct Cell;
struct Maker;

// Somebody who waits for a cell.
struct Edge {
  Plain<Edge*> next = nullptr;
  // Called once, with the cell settled, on the thread that settled it. The edge may be gone when
  // it returns.
  void (*arrived)(Edge& self, Cell& cell, Aftermath& after) = nullptr;
};

// An edge that is told together with others: Aftermath::note().
struct Notice : Edge {
  // Takes the first of them, and whichever others belong to it.
  void (*told)(Queue<Edge>& notices) = nullptr;
};

// What the settling of cells has led to: dealt with when the stack is flat again, and together.
struct Aftermath {
  Aftermath() = default;
  ~Aftermath() { DCHECK(ready.empty() && notices.empty() && came == 0); }

  // The notice is told at flush(), before the value counts as no longer outstanding.
  void note(Notice& notice) { notices.push_back(notice); }

  // A value of the home came or failed (H2).
  void finished(Home& at) {
    if (home != &at) flush();
    home = &at;
    ++came;
  }

  // Tells the notices, then the home: which may be gone when this returns, unless a maker of its
  // own is ready.
  void flush();

  Queue<Job> ready;  // Makers that have all their operands.
  Queue<Edge> notices;
  Home* home = nullptr;
  std::uint64_t came = 0;  // Of that home.
};

// Computes an operation on scalars of one type. Fault::None when `result` was set.
using Kernel = FaultCode (*)(Value const& left, Value const& right, Value& result);

// The kernel of an operation on operands of a type, or null where it is not defined.
struct KernelTable {
  Kernel of[kTypeCount][kCommandCount];
};

struct Cell {
  ~Cell();

  // True once the value or the fault may be read. Any thread that may follow a pointer to it.
  bool is_settled() const {
    // Acquire pairs with settle(): value and fault (D1).
    return (state.load(acquire) & kSettled) != 0;
  }

  // True if it was settled, or will be.
  bool is_recorded() const { return state.load(relaxed) != 0; }

  // Of a settled cell.
  Type type() const { return Type(state.load(relaxed) >> kTypeShift); }

  // What will settle it, or null: it is settled. The stream's thread (D3), or who settles it.
  Maker* maker() const;

  // False: it is settled already, and the edge was not taken. The stream's thread only.
  [[nodiscard]] bool add_edge(Edge& edge);

  // Says that value or fault is there. Once, by whoever has written them.
  void settle(Type type) {
    // Release pairs with is_settled() (D1).
    state.store(kSettled | std::uintptr_t(type) << kTypeShift, release);
  }

  // All who waited for it have read it: an array's elements may be dropped by the stream's thread
  // while others hold them. Whoever has told them.
  void tell() {
    // Release pairs with is_told(): the others' reads.
    (void)state.fetch_or(kTold, release);
  }
  bool is_told() const {
    // Acquire pairs with tell().
    return (state.load(acquire) & kTold) != 0;
  }

  // Gives up the array, if it has one. Once it is told: the stream's thread, or who parts second.
  void drop_array() { drop(std::exchange(value.array, nullptr)); }

  static constexpr std::uintptr_t kSettled = 1;
  static constexpr std::uintptr_t kTold = 2;
  static constexpr int kTypeShift = 8;

  Atomic<std::uintptr_t> state{0};
  Fault* fault = nullptr;
  Value value{};
};
#ifndef HEDDLE_MODEL  // Its atomics are larger.
static_assert(sizeof(Cell) == 32, "two in a cache line");
#endif

// What is to be computed: a kernel's code, and the type it takes and the one it gives.
struct Computation {
  Kernel kernel = nullptr;
  CommandCode code = CommandCode::Constant;
  Type operands = Type::Number;
  Type result = Type::Number;
};

// One operand: the value or the fault that came.
struct Arrival {
  Value value{};
  Fault* fault = nullptr;  // Held once.
};

// Writes value or fault of `cell`, and takes the arrivals' faults over. Does not settle it.
void compute(Computation const& what, Arrival& left, Arrival& right, Cell& cell);

// What a settled cell holds, as an operand of `type`: a number is a complex one, too. The fault
// is held once more.
Arrival arrival_of(Cell const& cell, Type type);

// An operand of an operation that waits.
struct Operand : Edge, Arrival {
  Maker* owner = nullptr;
  Atomic<Cell*> from{nullptr};  // What it waits for, or null when it came (D3).
};

// An operation that waits, or a value that comes from outside: those are never ready.
struct Maker : Job {
  Maker(Cell& made, Block& in, Home& at, Inbox<Job>& to)
      : Job(run, Kind::Plain), cell(made), block(in), home(at), retired(to) {
    label = kOperationLabel;
  }
  ~Maker();

  // True: the caller runs it (D2). Once ready.
  [[nodiscard]] bool claim() { return !claimed.exchange(true, relaxed); }
  bool is_ready() const { return missing.is_none(); }

  // Runs it when claimed and ready, and settles the cell.
  void perform(Aftermath& after);

  // Another place to compute it is gone: settles the cell with Cancelled.
  void cancel(Aftermath& after);

  // Makes the cell's value or fault known. Once.
  void settle(Aftermath& after);

  // Of an array that is dropped while it comes: who asks second drops it, the stream's thread or
  // who has told everybody. True: the caller. Each once, or again where it was second.
  [[nodiscard]] bool part() {
    // Relaxed: it only decides who. The stream's thread asks is_told() before it drops, and who has
    // told drops what it has brought itself.
    return is_parted.exchange(true, relaxed);
  }

  // It has left every queue, and may be gone when this returns (D3).
  void leave();

  // As a job: claims, performs, goes on with what became ready.
  static Job* run(Job& self);

  Cell& cell;
  Block& block;
  Home& home;
  Inbox<Job>& retired;
  Waiters<Edge> waiters;
  Computation what;
  std::uint32_t visited = 0;  // Which help() has looked at it last. The stream's thread only.
  Atomic<bool> claimed{false};
  Atomic<bool> is_parted{false};  // See part().
  Missing missing;
  Operand operands[2];
};

// Runs what became ready, here if this thread is a worker of its home, and not for too long; the
// rest is left in `after.ready`.
void run_here(Aftermath& after);

// Submits what became ready, each to its home, fails what has none any more, and flushes. Any
// thread.
void dispatch(Aftermath& after);

}  // namespace heddle
