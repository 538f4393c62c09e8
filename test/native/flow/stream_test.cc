// Unit: what a stream records is what its cells hold, on workers and on a thread that helps.

#include "flow/stream.h"

#include <limits>

#include "flow/graph.h"

using namespace heddle;
using test::Graph;

namespace {

constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();

enum class Who { Workers, Helper };

// One operation on two bigints: its value, or why there is none.
struct Outcome {
  FaultCode fault;
  std::int64_t value;
  bool operator==(Outcome const&) const = default;
};

Outcome compute(CommandCode code, std::int64_t left, std::int64_t right, Who who) {
  Graph graph(2);
  Stream stream(scalar_kernels());
  Handle const base = stream.add_block().value() * kBlockCells;
  Command const commands[] = {
      Graph::integer(base, left),
      Graph::integer(base + 1, right),
      Graph::operation(code, Type::BigInt, base + 2, base, base + 1),
  };
  stream.consume(&graph.home(), commands, 3);
  Cell& cell = stream.cell(base + 2);
  if (who == Who::Helper) stream.help(cell);
  test::await(cell);
  graph.close();
  if (cell.fault != nullptr) return {cell.fault->code, 0};
  return {FaultCode::None, cell.value.integer};
}

void integers_are_exact_or_a_fault() {
  for (Who who : {Who::Workers, Who::Helper}) {
    CHECK((compute(CommandCode::Add, 5, 7, who) == Outcome{FaultCode::None, 12}));
    CHECK((compute(CommandCode::Sub, 5, 7, who) == Outcome{FaultCode::None, -2}));
    CHECK((compute(CommandCode::Mul, -5, 7, who) == Outcome{FaultCode::None, -35}));
    CHECK((compute(CommandCode::Div, -7, 2, who) == Outcome{FaultCode::None, -3}));
    CHECK((compute(CommandCode::Add, kMax - 1, 1, who) == Outcome{FaultCode::None, kMax}));
    CHECK((compute(CommandCode::Add, kMax, 1, who) == Outcome{FaultCode::Overflow, 0}));
    CHECK((compute(CommandCode::Sub, kMin, 1, who) == Outcome{FaultCode::Overflow, 0}));
    CHECK((compute(CommandCode::Mul, kMax, 2, who) == Outcome{FaultCode::Overflow, 0}));
    CHECK((compute(CommandCode::Div, kMin, -1, who) == Outcome{FaultCode::Overflow, 0}));
    CHECK((compute(CommandCode::Div, 1, 0, who) == Outcome{FaultCode::DivideByZero, 0}));
  }
}

// Both sides fail; the left one's fault travels, and nothing is left behind of the right one's.
void the_left_fault_wins() {
  Graph graph(2);
  Stream stream(scalar_kernels());
  Handle const base = stream.add_block().value() * kBlockCells;
  Command const commands[] = {
      Graph::integer(base, 1),
      Graph::integer(base + 1, 0),
      Graph::integer(base + 2, kMax),
      Graph::operation(CommandCode::Div, Type::BigInt, base + 3, base, base + 1),
      Graph::operation(CommandCode::Add, Type::BigInt, base + 4, base, base + 2),
      Graph::operation(CommandCode::Mul, Type::BigInt, base + 5, base + 3, base + 4),
      Graph::operation(CommandCode::Mul, Type::BigInt, base + 6, base + 5, base + 5),
  };
  stream.consume(&graph.home(), commands, 7);
  test::await(stream.cell(base + 6));
  graph.close();
  Fault const* const origin = stream.cell(base + 3).fault;
  CHECK(origin != nullptr && origin->code == FaultCode::DivideByZero);
  CHECK(stream.cell(base + 5).fault == origin);
  CHECK(stream.cell(base + 6).fault == origin);
}

// A doubled value has two paths to the one before: sixty of them must not be 2^60 visits.
void help_looks_at_a_shared_value_once() {
  Graph graph(1);
  Stream stream(scalar_kernels());
  Handle const base = stream.add_block().value() * kBlockCells;
  // What everything waits for comes from outside, so that help() finds nothing to run.
  Cell& outside = stream.expect(graph.home(), base, Type::Number);
  std::vector<Command> commands;
  for (Handle i = 1; i <= 60; ++i) {
    commands.push_back(
        Graph::operation(CommandCode::Add, Type::Number, base + i, base + i - 1, base + i - 1));
  }
  stream.consume(&graph.home(), commands.data(), 60);
  Cell& last = stream.cell(base + 60);
  stream.help(last);
  CHECK(!last.is_settled());
  outside.value.number = 1;
  settle_outside(outside);
  test::await(last);
  graph.close();
  CHECK(last.value.number == double(std::uint64_t{1} << 60));
}

void a_chain_of_a_million_needs_no_deep_stack() {
  for (Who who : {Who::Workers, Who::Helper}) {
    Graph graph(2);
    Stream stream(scalar_kernels());
    Handle last = 0;
    for (int block = 0; block < 4000; ++block) {
      Handle const base = stream.add_block().value() * kBlockCells;
      std::vector<Command> commands{Graph::number(base, 1)};
      for (Handle i = 1; i < kBlockCells; ++i) {
        Handle const left = i == 1 ? (block == 0 ? base : last) : base + i - 1;
        commands.push_back(Graph::operation(CommandCode::Add, Type::Number, base + i, left, base));
      }
      stream.consume(&graph.home(), commands.data(), kBlockCells);
      last = base + kBlockCells - 1;
    }
    if (who == Who::Helper) stream.help(stream.cell(last));
    test::await(stream.cell(last));
    CHECK(stream.cell(last).value.number == 4000 * 255 + 1);
    graph.close();
  }
}

// Blocks that nobody refers to are used again, also those that an operation still held.
void freed_blocks_come_back() {
  Graph graph(2);
  Stream stream(scalar_kernels());
  std::uint32_t highest = 0;
  for (int round = 0; round < 1000; ++round) {
    std::uint32_t const block = stream.add_block().value();
    highest = std::max(highest, block);
    Handle const base = block * kBlockCells;
    Command const commands[] = {
        Graph::number(base, round),
        Graph::operation(CommandCode::Add, Type::Number, base + 1, base, base),
        Graph::free_block(block),
    };
    stream.consume(&graph.home(), commands, 3);
    if (round % 100 == 99) {
      while (!graph.home().is_quiet()) sched_yield();
    }
  }
  graph.close();
  CHECK(highest <= 200);
}

}  // namespace

int main() {
  integers_are_exact_or_a_fault();
  the_left_fault_wins();
  help_looks_at_a_shared_value_once();
  a_chain_of_a_million_needs_no_deep_stack();
  freed_blocks_come_back();
}
