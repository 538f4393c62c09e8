// Settling cells and running what becomes ready: iterative, so that no chain needs a deep stack.

#include "flow/cell.h"

#include <utility>

#include "base/check.h"
#include "flow/stream.h"

namespace heddle {

namespace {

constexpr std::uint32_t kRunMax = 1024;   // Some 25 µs, after which others have a turn.
constexpr std::uint32_t kBundleMin = 16;  // Fewer are shared out one by one.

}  // namespace

Cell::~Cell() {
  drop(fault);
  if (state.load(relaxed) == 0) return;
  if (type() == Type::Bytes) free_blob(value.blob);
  if (type() == Type::Array) heddle::drop(value.array);
}

Maker* Cell::maker() const {
  // Acquire as in is_settled().
  std::uintptr_t const now = state.load(acquire);
  return (now & kSettled) != 0 ? nullptr : reinterpret_cast<Maker*>(now);
}

bool Cell::add_edge(Edge& edge) {
  Maker* const by = maker();
  return by != nullptr && by->waiters.add(edge);
}

void compute(Computation const& what, Arrival& left, Arrival& right, Cell& cell) {
  if (left.fault != nullptr || right.fault != nullptr) [[unlikely]] {
    // The left one's failure is the one that travels, whichever came first.
    if (left.fault == nullptr) std::swap(left.fault, right.fault);
    cell.fault = std::exchange(left.fault, nullptr);
    drop(std::exchange(right.fault, nullptr));
    return;
  }
  FaultCode const code = what.kernel(left.value, right.value, cell.value);
  if (code == FaultCode::None) [[likely]]
    return;
  cell.fault = make_fault(code);
  cell.fault->operation = what.code;
  cell.fault->left = left.value;
  cell.fault->right = right.value;
}

Arrival arrival_of(Cell const& cell, Type type) {
  Arrival arrival{cell.value, nullptr};
  if (cell.fault != nullptr) [[unlikely]]
    arrival.fault = hold(cell.fault);
  if (type == Type::Complex && cell.type() == Type::Number) arrival.value.complex.im = 0;
  return arrival;
}

Maker::~Maker() {
  for (Operand& operand : operands) drop(operand.fault);
}

void Aftermath::flush() {
  while (Edge* const first = notices.front()) static_cast<Notice*>(first)->told(notices);
  if (came > 0) home->finished(std::exchange(came, 0));
  home = nullptr;
}

void Maker::perform(Aftermath& after) {
  compute(what, operands[0], operands[1], cell);
  settle(after);
}

void Maker::cancel(Aftermath& after) {
  cell.fault = make_fault(FaultCode::Cancelled);
  settle(after);
}

void Maker::settle(Aftermath& after) {
  cell.settle(what.result);
  Edge* edge = waiters.close();
  while (edge != nullptr) {
    Edge* const next = edge->next;
    edge->arrived(*edge, cell, after);
    edge = next;
  }
  after.finished(home);
}

void Maker::leave() {
  block.release();
  // The last touch of the stream: its thread counts those that have come back. It alone takes them,
  // and never dozes.
  (void)retired.push(*this);
}

Job* Maker::run(Job& self) {
  auto& maker = static_cast<Maker&>(self);
  Aftermath after;
  if (maker.claim()) maker.perform(after);
  maker.leave();
  run_here(after);
  after.flush();
  // One goes on here without a queue; the others are for whoever is free.
  Job* next = after.ready.pop_front();
  if (next != nullptr && !static_cast<Maker*>(next)->home.is_here()) {
    after.ready.push_front(*next);
    next = nullptr;
  }
  dispatch(after);
  return next;
}

void run_here(Aftermath& after) {
  for (std::uint32_t i = 0; i < kRunMax && !after.ready.empty(); ++i) {
    auto& maker = static_cast<Maker&>(*after.ready.front());
    if (!maker.home.is_here()) return;
    (void)after.ready.pop_front();
    if (maker.claim()) maker.perform(after);
    maker.home.count_computed(1);
    maker.leave();
  }
}

namespace {

// Many makers that became ready together: they run together, and who waits for them is told
// together. Else each would be a job, and each that is awaited a wake-up.
struct Bundle : Job {
  Bundle() : Job(run_all, Kind::Plain) { label = kOperationLabel; }

  static Job* run_all(Job& self) {
    auto& bundle = static_cast<Bundle&>(self);
    Aftermath after;
    after.ready = std::move(bundle.makers);
    delete &bundle;
    run_here(after);
    after.flush();
    dispatch(after);
    return nullptr;
  }

  Queue<Job> makers;
};

// As jobs: the makers themselves, or bundles of them where there are many.
Queue<Job> bundled(Queue<Job>& makers, std::uint32_t count) {
  if (count < kBundleMin) return std::move(makers);
  Queue<Job> bundles;
  while (!makers.empty()) {
    auto& bundle = *new Bundle;
    for (std::uint32_t i = 0; i < kRunMax && !makers.empty(); ++i) {
      bundle.makers.push_back(*makers.pop_front());
    }
    bundles.push_back(bundle);
  }
  return bundles;
}

void cancel(Job& job, Aftermath& after) {
  auto& maker = static_cast<Maker&>(job);
  if (maker.claim()) maker.cancel(after);
  maker.leave();
}

}  // namespace

void dispatch(Aftermath& after) {
  while (Job* first = after.ready.front()) {
    Home& home = static_cast<Maker*>(first)->home;
    Queue<Job> here;
    Queue<Job> elsewhere;
    std::uint32_t count = 0;
    while (Job* job = after.ready.pop_front()) {
      bool const is_here = &static_cast<Maker*>(job)->home == &home;
      (is_here ? here : elsewhere).push_back(*job);
      count += is_here ? 1 : 0;
    }
    after.ready = std::move(elsewhere);
    bool const is_bundled = count >= kBundleMin;
    Queue<Job> jobs = bundled(here, count);
    if (home.submit(jobs)) continue;
    while (Job* job = jobs.pop_front()) {  // H1
      if (!is_bundled) {
        cancel(*job, after);
        continue;
      }
      auto& bundle = *static_cast<Bundle*>(job);
      while (Job* maker = bundle.makers.pop_front()) cancel(*maker, after);
      delete &bundle;
    }
  }
  after.flush();
}

}  // namespace heddle
