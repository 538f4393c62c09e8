#pragma once
// A command stream: what one JavaScript thread asks for, and the cells that it has handles to.
//
// JavaScript writes commands of 16 bytes into a buffer that both sides see, and hands out the
// handles itself: block number * 256 + index. The stream is consumed when the turn ends, when
// the buffer is full, or when somebody waits.
//
//     0         4         8        12       16
//     | op|type |  dest   |  left  |  right  |     an operation: handles
//     | op|type |  dest   |       value      |     a constant
//     | op      |  block  |                  |     FreeBlock
//
// Rules, cited below by name:
//   T1  One thread: every call is made by the thread that owns the stream (C13). Workers touch
//       cells, never the stream, but for `retired_`.
//   T2  A block is held once by JavaScript and once by each of its operations until that has
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
  Cell cells[kBlockCells];

  void hold() { holders.fetch_add(1, relaxed); }

  // Any thread.
  void release() {
    // Release: our last touch of its cells. Acquire, for the last: everybody else's.
    if (holders.fetch_sub(1, acq_rel) == 1) (void)retired->push(*this);
  }
};

struct Command {
  std::uint8_t operation;
  std::uint8_t type;
  std::uint16_t unused;
  Handle destination;
  union {
    Handle sources[2];
    Value value;
  };
};
static_assert(sizeof(Command) == 16);

class Stream {
 public:
  explicit Stream(KernelTable const& kernels) : kernels_(kernels) {}
  ~Stream();  // When no operation of it is queued or runs any more.
  Stream(Stream const&) = delete;
  Stream& operator=(Stream const&) = delete;

  // A number for 256 new handles, or none when there are 2^24 blocks.
  Result<std::uint32_t> add_block();

  // Records the commands, in order, and submits what is ready to `home`, which may be null when
  // there are no operations among them.
  void consume(Home* home, Command const* commands, std::uint32_t count);

  // Prepares a cell whose value comes from outside: settle_outside() must follow, once.
  Cell& expect(Home& home, Handle handle, Type type);

  Cell& cell(Handle handle);

  // Runs what `cell` depends on, and the cell, as far as nobody else does: C12.
  void help(Cell& cell);

 private:
  void record(Home* home, Command const& command, Queue<Job>& ready);
  void connect(Operand& operand, Cell& owner, Cell& source);
  void free_retired();

  KernelTable const& kernels_;
  std::vector<Block*> blocks_;  // By number; null: free.
  std::vector<std::uint32_t> free_numbers_;
  std::uint32_t visit_ = 0;  // Numbers the calls of help().
  Inbox<Block> retired_;
};

// Settles a cell from Stream::expect() with what is in it. Any thread.
void settle_outside(Cell& cell);

}  // namespace heddle
