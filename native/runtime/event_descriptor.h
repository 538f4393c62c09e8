#pragma once
// An eventfd: a number that anybody adds to, and that whoever waits takes as a whole.

#include <memory>

#include "base/result.h"
#include "runtime/cell_operation.h"

namespace heddle {

class EventDescriptor {
 public:
  static Result<std::shared_ptr<EventDescriptor>> make(std::uint32_t initial);
  ~EventDescriptor();
  EventDescriptor(EventDescriptor const&) = delete;
  EventDescriptor& operator=(EventDescriptor const&) = delete;

  int fd() const { return fd_; }

  // 0, or -EAGAIN: the number would be 2^64 - 1 or more. Any thread.
  int add(std::uint64_t count);

  // What was added since the last time: 0, or -EAGAIN, which is nothing. Any thread.
  int take(std::uint64_t& count);

 private:
  explicit EventDescriptor(int fd) : fd_(fd) {}

  int const fd_;
};

// Waits for more than 0, and takes it: a double in the cell's blob.
class EventWait final : public CellOperation {
 public:
  EventWait(Runtime& runtime, Cell& cell, std::shared_ptr<EventDescriptor> event);

 private:
  std::int64_t finish(std::int64_t result, Value& value) override;

  std::shared_ptr<EventDescriptor> const event_;
};

}  // namespace heddle
