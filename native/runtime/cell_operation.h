#pragma once
// One operation without a fiber, whose end settles a cell: for what only waits.

#include <memory>

#include "io/canceller.h"
#include "runtime/runtime.h"

namespace heddle {

class CellOperation : public Operation, public Cancellable {
 public:
  // `cell` was prepared by Stream::expect(). To be filled in by one of Operation's set_ functions.
  CellOperation(Runtime& runtime, Cell& cell, Call call)
      : io_(runtime.io()), cell_(cell), call_(call) {}

  // Once.
  static void submit(std::shared_ptr<CellOperation> operation);

  void cancel() final;

 protected:
  // In place of 0 or -errno: the operation goes on, as it is filled in now.
  static constexpr std::int64_t kGoOn = 1;

  // What the operation, which came to `result`, makes of the cell's value: 0, or -errno, or kGoOn.
  // Any thread.
  virtual std::int64_t finish(std::int64_t result, Value&) { return result < 0 ? result : 0; }

 private:
  static Fiber* over(Operation& self);

  Io& io_;
  Cell& cell_;
  Call const call_;
  std::shared_ptr<CellOperation> self_;  // Until it is over.
  Atomic<bool> is_over_{false};
};

}  // namespace heddle
