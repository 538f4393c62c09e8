#pragma once
// The facade: one scheduler with its I/O and its dataflow, as one JavaScript thread uses them, and
// all that napi may see of them.
//
// Life: start or attach; use from the thread that did; close; destroy. Values that other
// schedulers still owe it may come after close(): they fail with Cancelled, which needs the
// Runtime's memory but none of its threads. So destroy it once is_quiet(), or with everything.
//
// Who attaches has an Io and a Home of its own, so that what it has asked for can end without the
// others'. The one who started it ends the threads: the others are shut then, and told.

#include <memory>
#include <span>
#include <string>

#include "base/result.h"
#include "flow/home.h"
#include "flow/stream.h"
#include "io/canceller.h"
#include "io/whole_file.h"
#include "kernels/digest.h"
#include "runtime/crew.h"
#include "runtime/foreign_completion.h"
#include "runtime/mailbox.h"

namespace heddle {

struct RuntimeOptions {
  SchedulerOptions scheduler;
  IoOptions::Wanted io = IoOptions::Wanted::Auto;
};

// Where a whole file goes. The numbers are a contract with lib/layout.ts.
enum class ReadMode : std::uint8_t {
  Plain = 0,       // To memory of its own; if there is a given one, no more than fits there
  Small = 1,       // The same, but of a large one only the size comes
  Into = 2,        // To given memory, if that is enough
  IntoAndCut = 3,  // To given memory, as far as that goes
};

struct ReadRequest {
  std::string path;
  std::size_t bytes_max = kReadFileBytesMax;  // More fails with EFBIG
  std::span<std::byte> into;  // Memory that is there until the cell is settled, or none
  ReadMode mode = ReadMode::Plain;
  std::uint32_t progress = 0;            // The token of Progress letters; 0: none
  std::shared_ptr<Canceller> canceller;  // Or null
};

class Runtime {
 public:
  static Result<std::unique_ptr<Runtime>> start(RuntimeOptions const& options);

  // Uses somebody else's scheduler. A Closed letter comes once its owner has ended it. Fails with
  // ECANCELED where it has ended already.
  static Result<std::unique_ptr<Runtime>> attach(Crew::Key key, Mailbox& mailbox,
                                                 std::uint32_t token);
  ~Runtime();  // Closed.
  Runtime(Runtime const&) = delete;
  Runtime& operator=(Runtime const&) = delete;

  Home& home() { return home_; }
  Crew& crew() { return *crew_; }
  Scheduler& scheduler() { return crew_->scheduler(); }
  Recording& recording() { return crew_->recording(); }
  Io& io() { return *io_; }
  ForeignCompletions& completions() { return *completions_; }
  char const* backend_name() const;  // "io_uring" or "threads"

  // For each worker kWorkerStats numbers, in the order of WorkerStats, then what the I/O counts:
  // submitted, completed, inline hits, in flight; the high water; operations that were no jobs.
  std::vector<double> stats() const;

  // Reads the whole file into `cell`, which Stream::expect() has prepared as Bytes; with letters
  // to `mailbox` as it goes on. Any thread.
  void read_file(Cell& cell, Mailbox& mailbox, ReadRequest request);

  // Digests files: one Digest letter a path, as they finish. `paths` holds `count` paths, each
  // ended by a NUL. Any thread.
  void digest(Mailbox& mailbox, std::uint32_t token, std::string paths, std::uint32_t count);

  // A Drained letter once nothing is outstanding. Any thread.
  void notify_drained(Mailbox& mailbox, std::uint32_t token);

  // Blocks until nothing is outstanding or the deadline has passed. True: nothing is.
  bool wait_drained(std::uint64_t deadline_ns);

  // Cancels what waits for I/O, and takes nothing any more. Whoever started it runs what can run,
  // and ends all threads. Its own thread; twice is fine.
  void close();

  // The same, but gives up when isolates still run kernels at the deadline: false. Call it again.
  [[nodiscard]] bool close_until(std::uint64_t deadline_ns);

  // True once no value can come to it any more, and no job of it waits in a queue. After close();
  // its own thread, after Stream::free_retired().
  bool is_quiet() { return home_.makers == 0 && home_.is_quiet(); }

  // True from shut() on: long work should stop. Any thread.
  Atomic<bool> const& closing() const { return closing_; }

  // For its crew, under the crew's lock, once: cancels what waits for I/O, and shuts the gate.
  void shut();

 private:
  Runtime(std::shared_ptr<Crew> crew, std::unique_ptr<Io> io, bool is_owner);

  std::shared_ptr<Crew> const crew_;
  std::unique_ptr<Io> io_;
  std::shared_ptr<ForeignCompletions> const completions_ = std::make_shared<ForeignCompletions>();
  Home home_;
  bool const is_owner_;
  Mailbox* mailbox_ = nullptr;        // Of who has attached: where it is told of the end.
  std::unique_ptr<Letter> farewell_;  // That letter, until it was posted.
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
void describe(Value const& value, Fault* fault, Record& record);

}  // namespace heddle
