// Handing finished operations back.

#include "io/backend.h"

#include "base/check.h"
#include "io/blocking.h"
#include "sched/suspend.h"

namespace heddle {

std::int64_t refused(Operation const& operation, int error) {
  return operation.code == OperationCode::Close ? close_now(operation.fd) : -error;
}

void tell(Queue<Operation>& finished) {
  Queue<Fiber> fibers;
  while (Operation* const operation = finished.pop_front()) {
    DCHECK(operation->done != nullptr);
    // The last touch (O2): off the list, because `done` may free the operation.
    if (Fiber* const fiber = operation->done(*operation)) fibers.push_back(*fiber);
  }
  if (!fibers.empty()) resume_all(fibers);
}

void Backend::deliver(Queue<Operation>& finished) {
  if (finished.empty()) return;
  std::uint64_t count = 0;
  for (Operation* each = finished.front(); each != nullptr; each = each->next) ++count;
  // First, so that whoever is told also sees it counted. Release pairs with completed().
  completed_.fetch_add(count, release);
  tell(finished);
}

void Backend::deliver(Operation& operation, std::int64_t result) {
  operation.result = result;
  Queue<Operation> one;
  one.push_back(operation);
  deliver(one);
}

void Backend::refuse(Operation& operation, int error) {
  deliver(operation, refused(operation, error));
}

}  // namespace heddle
