#pragma once
// A command stream: what one JavaScript thread asks for, and the cells that it has handles to.
//
// JavaScript writes commands of 32 bytes into a buffer that both sides see, and hands out the
// handles itself: block number * 256 + index. The stream is consumed when the turn ends, when
// the buffer is full, or when somebody waits.
//
//     0                 4       8       12      16              32
//     | op|to|of|form   | dest  | left  | right |     value     |   an operation
//     | 0 |to|          | dest  |               |     value     |   a constant
//     | 1 |             | block |                                   FreeBlock
//
// `to` is the type of the result, `of` that of the operands; `form` says which of the two is a
// handle and which is the value in the command.
//
// Rules, cited below by name:
//   T1  One thread: every call is made by the thread that owns the stream (C13). Workers touch
//       cells and operations, never the stream, but for its inboxes.
//   T2  A block is held once by JavaScript and once by each operation that waits, until that has
//       left its queue. Its last holder retires it; the owner frees it.

#include <cstdint>
#include <memory>
#include <vector>

#include "flow/cell.h"
#include "sched/inbox.h"

namespace heddle {

using Handle = std::uint32_t;

inline constexpr std::uint32_t kBlockCells = 256;

struct Block {
  Block* next = nullptr;
  Inbox<Block>* retired = nullptr;
  std::uint32_t number = 0;
  Atomic<std::uint32_t> holders{1};
  alignas(32) Cell cells[kBlockCells];

  void hold() { holders.fetch_add(1, relaxed); }

  // Any thread.
  void release() {
    // Release: our last touch of its cells. Acquire, for the last: everybody else's.
    if (holders.fetch_sub(1, acq_rel) == 1) (void)retired->push(*this);
  }
};

// Which operands of a command are handles. The numbers are a contract with lib/layout.ts.
enum class Form : std::uint8_t {
  Handles = 0,     // All that the operation has
  ValueRight = 1,  // The left one; the right one is the value
  ValueLeft = 2,   // The right one; the left one is the value
};

struct Command {
  std::uint8_t operation;
  std::uint8_t type;      // Of the result
  std::uint8_t operands;  // Their type
  std::uint8_t form;
  Handle destination;
  Handle sources[2];
  Value value;
};
static_assert(sizeof(Command) == 32);

class Stream {
 public:
  explicit Stream(KernelTable const& kernels) : kernels_(kernels) {}
  ~Stream();  // When no operation of it is queued or runs any more.
  Stream(Stream const&) = delete;
  Stream& operator=(Stream const&) = delete;

  // A number for 256 new handles, or none when there are 2^24 blocks.
  Result<std::uint32_t> add_block();

  // What its blocks take, in bytes.
  std::size_t bytes() const { return (blocks_.size() - free_numbers_.size()) * sizeof(Block); }

  // Records the commands, in order, and computes what can be. What has to wait is left to `home`,
  // which may be null when there are no operations among them.
  void consume(Home* home, Command const* commands, std::uint32_t count);

  // Computes one operation on one or two constants, now. The caller drops the fault.
  Arrival evaluate(CommandCode code, Type type, Command const* constants) const;

  // Prepares a cell whose value comes from outside: settle_outside() must follow, once.
  Cell& expect(Home& home, Handle handle, Type type);

  Cell& cell(Handle handle) {
    std::uint32_t const number = handle / kBlockCells;
    CHECK(number < blocks_.size() && blocks_[number] != nullptr);
    return blocks_[number]->cells[handle % kBlockCells];
  }

  // Frees what has come back from the workers, which the other calls do now and then.
  void free_retired();

  // Runs what `cell` depends on, and the cell, as far as nobody else does: C12.
  void help(Cell& cell);

 private:
  void record(Home& home, Command const& command);
  Value const* plain_operand(Command const& command, std::size_t side);
  void record_slowly(Home& home, Command const& command, Computation const& what);
  void begin(Home& home, Command const& command, Computation const& what);
  void connect(Operand& operand, Maker& owner, Cell& source);

  KernelTable const& kernels_;
  std::vector<Block*> blocks_;  // By number; null: free.
  std::vector<std::uint32_t> free_numbers_;
  Stack<Block> spare_;  // As new.
  std::uint32_t spare_count_ = 0;
  std::uint32_t visit_ = 0;  // Numbers the calls of help().
  Inbox<Block> retired_;
  Inbox<Job> done_;  // Operations that have left every queue.
};

// Settles a cell from Stream::expect() with what is in it. Any thread.
void settle_outside(Cell& cell);

}  // namespace heddle
