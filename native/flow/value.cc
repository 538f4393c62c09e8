// Faults, which many cells hold at once.

#include "flow/value.h"

namespace heddle {

namespace {

constinit Atomic<std::uint32_t> next_id{1};

}  // namespace

Fault* make_fault(FaultCode code) {
  return new Fault{.id = next_id.fetch_add(1, relaxed), .code = code};
}

Fault* make_system_fault(int error_number, Call call) {
  Fault* const fault = make_fault(FaultCode::System);
  fault->error_number = error_number;
  fault->call = call;
  return fault;
}

Fault* hold(Fault* fault) {
  if (fault != nullptr) fault->holders.fetch_add(1, relaxed);
  return fault;
}

void drop(Fault* fault) {
  if (fault == nullptr) return;
  // Release: our last look at it. Acquire, for the one that frees: everybody else's.
  if (fault->holders.fetch_sub(1, acq_rel) > 1) return;
  free_blob(fault->bytes);
  delete fault;
}

}  // namespace heddle
