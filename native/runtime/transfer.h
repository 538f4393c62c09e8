#pragma once
// Reading and writing of an open file: one operation without a fiber, with memory of its own.

#include "io/buffer_pool.h"
#include "runtime/cell_operation.h"
#include "runtime/open_file.h"

namespace heddle {

// A piece of an open file that JavaScript reads or writes.
struct Place {
  std::shared_ptr<OpenFile> file;  // Entered, and left when it is over.
  std::int64_t position = -1;      // -1: the descriptor's own.
  std::size_t length = 0;

  // Pipes and their like have none.
  bool shares_position() const { return position == -1 && file->is_regular(); }
};

// Into a blob of what was read.
class ReadTransfer final : public CellOperation {
 public:
  // `buffer` holds the length.
  ReadTransfer(Runtime& runtime, Cell& cell, Place place, PooledBuffer buffer);

 private:
  std::int64_t finish(std::int64_t result, Value& value) override;

  Place const place_;
  PooledBuffer buffer_;
};

// All of the buffer's first bytes; nothing comes of it.
class WriteTransfer final : public CellOperation {
 public:
  WriteTransfer(Runtime& runtime, Cell& cell, Place place, PooledBuffer buffer);

 private:
  std::int64_t finish(std::int64_t result, Value& value) override;

  Place const place_;
  PooledBuffer const buffer_;
};

}  // namespace heddle
