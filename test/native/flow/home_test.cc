// Unit: a closed home fails what comes too late, and quiet means quiet.

#include "flow/home.h"

#include <thread>

#include "flow/graph.h"

using namespace heddle;
using test::Graph;

namespace {

// An operation of a closed home, whose operand another home brings later.
void what_comes_too_late_is_cancelled() {
  Graph open(2);
  Graph closed(2);
  Stream stream(scalar_kernels());
  Handle const base = stream.add_block().value() * kBlockCells;
  Cell& outside = stream.expect(open.home(), base, Type::Number);
  Command const here[] = {Graph::operation(CommandCode::Add, Type::Number, base + 1, base, base)};
  Command const there[] = {
      Graph::operation(CommandCode::Add, Type::Number, base + 2, base + 1, base)};
  stream.consume(&closed.home(), here, 1);
  stream.consume(&open.home(), there, 1);
  closed.close();
  CHECK(!closed.home().is_quiet());
  outside.value.number = 1;
  settle_outside(outside);
  test::await(stream.cell(base + 2));
  Fault const* const fault = stream.cell(base + 1).fault;
  CHECK(fault != nullptr && fault->code == FaultCode::Cancelled);
  CHECK(stream.cell(base + 2).fault == fault);
  while (!closed.home().is_quiet()) sched_yield();
  open.close();
}

struct Quiet : Home::Watcher {
  Quiet() {
    quiet = [](Home::Watcher& self) { static_cast<Quiet&>(self).calls.fetch_add(1, relaxed); };
  }
  Atomic<int> calls{0};
};

void a_watcher_is_called_once_when_nothing_is_outstanding() {
  Graph graph(2);
  Quiet at_once;
  graph.home().watch(at_once);
  CHECK(at_once.calls.load(relaxed) == 1);

  Stream stream(scalar_kernels());
  Handle const base = stream.add_block().value() * kBlockCells;
  Cell& first = stream.expect(graph.home(), base, Type::Number);
  Cell& second = stream.expect(graph.home(), base + 1, Type::Number);
  Quiet later;
  graph.home().watch(later);
  first.value.number = 1;
  settle_outside(first);
  CHECK(later.calls.load(relaxed) == 0);
  second.value.number = 2;
  settle_outside(second);
  CHECK(later.calls.load(relaxed) == 1);
  graph.close();
}

}  // namespace

int main() {
  what_comes_too_late_is_cancelled();
  a_watcher_is_called_once_when_nothing_is_outstanding();
}
