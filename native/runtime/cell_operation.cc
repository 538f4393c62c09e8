// From the engine's thread straight into the cell.

#include "runtime/cell_operation.h"

#include <utility>

namespace heddle {

void CellOperation::submit(std::shared_ptr<CellOperation> operation) {
  CellOperation& self = *operation;
  self.done = over;
  self.self_ = std::move(operation);
  self.io_.submit(self);
}

void CellOperation::cancel() {
  // Relaxed: the runtime is its owner's, who is here. So the Io is there, or its threads have been
  // joined, and then this is seen.
  if (!is_over_.load(relaxed)) io_.cancel(*this);
}

Fiber* CellOperation::over(Operation& operation) {
  auto& self = static_cast<CellOperation&>(operation);
  // EINTR is a signal's doing: nobody cancelled it.
  std::int64_t const result = self.result == -EINTR ? kGoOn
                                                    : self.finish(self.result, self.cell_.value);
  if (result == kGoOn) {
    self.io_.submit(self);
    return nullptr;
  }
  Cell& cell = self.cell_;
  if (result == -ECANCELED) {
    cell.fault = make_fault(FaultCode::Cancelled);
  } else if (result < 0) {
    cell.fault = make_system_fault(int(-result), self.call_);
  }
  auto const last = std::move(self.self_);
  self.is_over_.store(true, relaxed);  // As cancel() says.
  settle_outside(cell);                // The runtime may be gone next.
  return nullptr;
}

}  // namespace heddle
