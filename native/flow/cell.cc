// Settling cells and running what becomes ready: iterative, so that no chain needs a deep stack.

#include "flow/cell.h"

#include <utility>

#include "base/check.h"
#include "flow/stream.h"

namespace heddle {

Cell::~Cell() {
  drop(fault);
  if (type == Type::Bytes) free_blob(value.blob);
}

bool Cell::add_edge(Edge& edge) {
  // Acquire, on finding it settled, pairs with settle().
  Edge* top = waiters.load(acquire);
  do {
    if (top == settled()) return false;
    edge.next = top;
    // Release publishes the edge to settle(); acquire on failure as above.
  } while (!waiters.compare_exchange_weak(top, &edge, release, acquire));
  return true;
}

void Cell::settle(Queue<Job>& ready) {
  // Release publishes value and fault (D1); acquire takes the edges over from add_edge().
  Edge* edge = waiters.exchange(settled(), acq_rel);
  DCHECK(edge != settled());
  while (edge != nullptr) {
    Edge* const next = edge->next;
    edge->arrived(*edge, *this, ready);
    edge = next;
  }
  if (home != nullptr) home->finished(1);
}

void Cell::compute(Queue<Job>& ready) {
  Operand& left = operands[0];
  Operand& right = operands[1];
  if (left.fault != nullptr || right.fault != nullptr) {
    // The left one's failure is the one that travels, whichever came first.
    if (left.fault == nullptr) std::swap(left.fault, right.fault);
    fault = std::exchange(left.fault, nullptr);
    drop(std::exchange(right.fault, nullptr));
  } else {
    auto const& table = type == Type::Number ? kernels->number : kernels->integer;
    FaultCode const code = table[std::size_t(operation)](left.value, right.value, value);
    if (code != FaultCode::None) {
      fault = make_fault(code);
      fault->operation = operation;
      fault->left = left.value;
      fault->right = right.value;
    }
  }
  settle(ready);
}

Job* Cell::run(Job& self) {
  auto& cell = static_cast<Cell&>(self);
  Queue<Job> ready;
  if (cell.claim()) cell.compute(ready);
  cell.block->release();  // D3: out of the queue; the cell may be gone.
  // The first goes on here without a queue; the others are for whoever is free.
  Job* next = ready.pop_front();
  if (next != nullptr && !static_cast<Cell*>(next)->home->is_here()) {
    ready.push_front(*next);
    next = nullptr;
  }
  dispatch(ready);
  return next;
}

void Cell::cancel(Queue<Job>& ready) {
  fault = make_fault(FaultCode::Cancelled);
  for (Operand& operand : operands) drop(std::exchange(operand.fault, nullptr));
  settle(ready);
}

void dispatch(Queue<Job>& ready) {
  while (Job* first = ready.front()) {
    Home* const home = static_cast<Cell*>(first)->home;
    Queue<Job> here;
    Queue<Job> elsewhere;
    while (Job* job = ready.pop_front()) {
      (static_cast<Cell*>(job)->home == home ? here : elsewhere).push_back(*job);
    }
    ready = std::move(elsewhere);
    if (home->submit(here)) continue;
    while (Job* job = here.pop_front()) {  // H1
      auto& cell = *static_cast<Cell*>(job);
      if (cell.claim()) cell.cancel(ready);
      cell.block->release();
    }
  }
}

}  // namespace heddle
