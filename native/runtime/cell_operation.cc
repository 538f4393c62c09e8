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
  // Acquire pairs with over(). The runtime is its owner's, who is here: so the Io is there as long
  // as the operation is not over.
  if (!is_over_.load(acquire)) io_.cancel(*this);
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
  // Release pairs with cancel().
  self.is_over_.store(true, release);
  settle_outside(cell);  // The runtime may be gone next.
  return nullptr;
}

}  // namespace heddle
