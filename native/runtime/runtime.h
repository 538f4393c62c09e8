#pragma once
// The facade: one scheduler with its I/O and its dataflow, and all that napi may see of them.
//
// Life: start; use from the thread that started it; close; destroy. Values that other
// schedulers still owe it may come after close(): they fail with Cancelled, which needs the
// Runtime's memory but none of its threads. So destroy it once is_quiet(), or with everything.

#include <memory>
#include <string>

#include "base/result.h"
#include "flow/home.h"
#include "flow/stream.h"
#include "io/io.h"
#include "kernels/digest.h"
#include "runtime/mailbox.h"
#include "sched/scheduler.h"

namespace heddle {

struct RuntimeOptions {
  SchedulerOptions scheduler;
  IoOptions::Wanted io = IoOptions::Wanted::Auto;
};

class Runtime {
 public:
  static Result<std::unique_ptr<Runtime>> start(RuntimeOptions const& options);
  ~Runtime();  // Closed.
  Runtime(Runtime const&) = delete;
  Runtime& operator=(Runtime const&) = delete;

  Home& home() { return home_; }
  Scheduler& scheduler() { return *scheduler_; }
  Io& io() { return *io_; }
  char const* backend_name() const;  // "io_uring" or "threads"

  // For each worker kWorkerStats numbers, in the order of WorkerStats, then what the I/O counts:
  // submitted, completed, inline hits, in flight; the high water; operations that were no jobs.
  std::vector<double> stats() const;

  // Reads the whole file into `cell`, which Stream::expect() has prepared as Bytes. Any thread.
  void read_file(Cell& cell, std::string path);

  // Digests files: one Digest letter a path, as they finish. `paths` holds `count` paths, each
  // ended by a NUL. Any thread.
  void digest(Mailbox& mailbox, std::uint32_t token, std::string paths, std::uint32_t count);

  // A Drained letter once nothing is outstanding. Any thread.
  void notify_drained(Mailbox& mailbox, std::uint32_t token);

  // Blocks until nothing is outstanding or the deadline has passed. True: nothing is.
  bool wait_drained(std::uint64_t deadline_ns);

  // Cancels what waits for I/O, runs what can run, and ends all threads. The owner, once.
  void close();

  // True once no value can come to it any more. After close().
  bool is_quiet() { return home_.is_quiet(); }

  // True from close() on: long work should stop. Any thread.
  Atomic<bool> const& closing() const { return closing_; }

 private:
  Runtime(std::unique_ptr<Scheduler> scheduler, std::unique_ptr<Io> io);

  std::unique_ptr<Scheduler> scheduler_;
  std::unique_ptr<Io> io_;
  Home home_;
  Atomic<bool> closing_{false};
  bool is_closed_ = false;
};

// What a stream's operations are computed with.
KernelTable const& kernels();

// A thread's place to wait for one cell at a time. The owner of the stream only.
class CellWaiter {
 public:
  CellWaiter() = default;
  ~CellWaiter();
  CellWaiter(CellWaiter const&) = delete;
  CellWaiter& operator=(CellWaiter const&) = delete;

  // Waits until the cell is settled or the deadline has passed; first helps to compute it. True:
  // it is settled. False: call it again with the same cell to wait on, which costs nothing more.
  bool wait(Stream& stream, Cell& cell, std::uint64_t deadline_ns);

 private:
  struct Wait;
  void forget();

  Cell* cell_ = nullptr;
  Wait* wait_ = nullptr;
};

// A Value letter once the cell is settled. False: it is already. The owner of the stream only.
[[nodiscard]] bool notify_settled(Mailbox& mailbox, Cell& cell, std::uint32_t token);

// What a settled cell holds, or what came of a computation.
void describe(Cell const& cell, Record& record);
void describe(Value const& value, Fault const* fault, Record& record);

}  // namespace heddle
