#pragma once
// A cell: one value that may not exist yet, the operation that makes it, and who waits for it.
//
// A cell that comes pushes its value into every operation that waits for it, so nobody reads a
// cell that might be gone. The last operand to arrive makes an operation ready.
//
//   waiters      meaning                               left by
//   null, Edge*  the value has not come; who waits     add_edge (CAS), settle (exchange)
//   kSettled     value or fault may be read            nobody
//
// Rules, cited below by name:
//   D1  value and fault are written before waiters becomes kSettled, and never again.
//   D2  An operation is run by whoever claims it: a worker, or a thread that waits for it.
//   D3  A cell's memory stays until its handles are gone and its operation has left every
//       queue. It is freed by the stream's own thread only (stream.h), so that this thread may
//       follow `from` pointers: they are cleared before the cell they name lets go.

#include "base/atomic.h"
#include "flow/home.h"
#include "flow/value.h"
#include "sched/job.h"

namespace heddle {

struct Block;
struct Cell;

// Somebody who waits for a cell.
struct Edge {
  Edge* next = nullptr;
  // Called once, with the cell settled, on the thread that settled it. Ready operations go to
  // `ready`. The edge may be gone when it returns.
  void (*arrived)(Edge& self, Cell& cell, Queue<Job>& ready) = nullptr;
};

// The waiting operand of an operation.
struct Operand : Edge {
  Cell* owner = nullptr;
  Atomic<Cell*> from{nullptr};  // What it waits for, or null when it came (D3).
  Value value{};
  Fault* fault = nullptr;
};

// An operation on scalars. Fault::None when `result` was set.
using Kernel = FaultCode (*)(Value left, Value right, Value& result);
struct KernelTable {
  Kernel number[kArithmeticCount];
  Kernel integer[kArithmeticCount];
};

struct Cell : Job {
  Cell() : Job(run, Kind::Plain) {}
  ~Cell();

  // True once the value or the fault may be read. Any thread that may follow a pointer to it.
  bool is_settled() const {
    // Acquire pairs with settle(): value and fault (D1).
    return waiters.load(acquire) == settled();
  }

  // False: it is settled already, and the edge was not taken. Any thread, as above.
  [[nodiscard]] bool add_edge(Edge& edge);

  // Makes the cell's value or fault known. Operations made ready go to `ready`; those of a
  // closed home are failed in turn. Once, by whoever makes the value.
  void settle(Queue<Job>& ready);

  // True: the caller runs the operation (D2). Once ready.
  [[nodiscard]] bool claim() { return !claimed.exchange(true, relaxed); }
  bool is_ready() const { return missing.load(relaxed) == 0; }

  // Runs a claimed operation and settles the cell.
  void compute(Queue<Job>& ready);

  // As a job: claims, computes, hands on what became ready.
  static Job* run(Job& self);

  // Another place to compute it is gone: settles it with Cancelled.
  void cancel(Queue<Job>& ready);

  static Edge* settled() { return reinterpret_cast<Edge*>(std::uintptr_t{1}); }

  Atomic<Edge*> waiters{nullptr};
  Value value{};
  Fault* fault = nullptr;
  Block* block = nullptr;
  Home* home = nullptr;  // Null: a constant.
  KernelTable const* kernels = nullptr;
  std::uint32_t visited = 0;  // Which help() has looked at it last. The stream's thread only.
  CommandCode operation = CommandCode::Constant;
  Type type = Type::Number;
  Atomic<bool> claimed{false};
  Atomic<std::uint32_t> missing{0};  // Operands that have not come, and one while it is recorded.
  Operand operands[2];
};

// Submits what became ready, each to its home; fails what has none any more. Any thread.
void dispatch(Queue<Job>& ready);

}  // namespace heddle
