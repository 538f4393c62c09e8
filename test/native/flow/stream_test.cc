// Unit: what a stream records is what its cells hold, on workers and on a thread that helps.

#include "flow/stream.h"

#include <limits>

#include "flow/graph.h"

using namespace heddle;
using test::Graph;

namespace {

constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();

// Who computes: the recording thread at once, or once an operand has come from outside a worker
// or a thread that helps.
enum class Who { Recorder, Worker, Helper };

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
  Cell& cell = stream.cell(base + 2);
  if (who == Who::Recorder) {
    stream.consume(&graph.home(), commands, 3);
    CHECK(cell.is_settled());
  } else {
    Cell& outside = stream.expect(graph.home(), base, Type::BigInt);
    stream.consume(&graph.home(), commands + 1, 2);
    CHECK(!cell.is_settled());
    outside.value.integer = left;
    settle_outside(outside);
    if (who == Who::Helper) stream.help(cell);
    test::await(cell);
  }
  graph.close();
  if (cell.fault != nullptr) return {cell.fault->code, 0};
  return {FaultCode::None, cell.value.integer};
}

void integers_are_exact_or_a_fault() {
  for (Who who : {Who::Recorder, Who::Worker, Who::Helper}) {
    CHECK((compute(CommandCode::Add, 5, 7, who) == Outcome{FaultCode::None, 12}));
    CHECK((compute(CommandCode::Sub, 5, 7, who) == Outcome{FaultCode::None, -2}));
    CHECK((compute(CommandCode::Div, -7, 2, who) == Outcome{FaultCode::None, -3}));
    CHECK((compute(CommandCode::Add, kMax, 1, who) == Outcome{FaultCode::Overflow, 0}));
    CHECK((compute(CommandCode::Div, 1, 0, who) == Outcome{FaultCode::DivideByZero, 0}));
  }
}

// A value in the command is an operand like any other, at once and later, on either side.
void a_value_in_the_command_is_an_operand() {
  Graph graph(2);
  Stream stream(scalar_kernels());
  Handle const base = stream.add_block().value() * kBlockCells;
  Cell& outside = stream.expect(graph.home(), base, Type::Number);
  Command const commands[] = {
      Graph::number(base + 1, 10),
      Graph::with_number(CommandCode::Sub, base + 2, Form::ValueRight, base + 1, 3),
      Graph::with_number(CommandCode::Sub, base + 3, Form::ValueLeft, base + 1, 3),
      Graph::with_number(CommandCode::Sub, base + 4, Form::ValueRight, base, 3),
      Graph::with_number(CommandCode::Sub, base + 5, Form::ValueLeft, base, 3),
      Graph::operation(CommandCode::Neg, Type::Number, base + 6, base + 4, 0),
  };
  stream.consume(&graph.home(), commands, 6);
  CHECK(stream.cell(base + 2).value.number == 7);
  CHECK(stream.cell(base + 3).value.number == -7);
  CHECK(!stream.cell(base + 4).is_settled());
  outside.value.number = 20;
  settle_outside(outside);
  for (Handle i = 4; i <= 6; ++i) test::await(stream.cell(base + i));
  CHECK(stream.cell(base + 4).value.number == 17);
  CHECK(stream.cell(base + 5).value.number == -17);
  CHECK(stream.cell(base + 6).value.number == -17);
  graph.close();
}

// A number beside a complex number is one itself, whatever was in its cell's second half.
void numbers_become_complex() {
  Graph graph(1);
  Stream stream(scalar_kernels());
  Handle const base = stream.add_block().value() * kBlockCells;
  Command z = Graph::operation(CommandCode::Constant, Type::Complex, base, 0, 0);
  z.value.complex = {2, -3};
  Command number = Graph::number(base + 1, 5);
  number.value.complex.im = 99;
  Cell& outside = stream.expect(graph.home(), base + 2, Type::Number);
  Command const commands[] = {
      z, number, Graph::operation(CommandCode::Add, Type::Complex, base + 3, base, base + 1),
      Graph::operation(CommandCode::Add, Type::Complex, base + 4, base + 2, base)};
  stream.consume(&graph.home(), commands, 4);
  outside.value.complex = {5, 99};
  settle_outside(outside);
  for (Handle i = 3; i <= 4; ++i) {
    test::await(stream.cell(base + i));
    Complex const sum = stream.cell(base + i).value.complex;
    CHECK(sum.re == 7 && sum.im == -3);
  }
  graph.close();
}

void evaluate_computes_on_the_spot() {
  Stream stream(scalar_kernels());
  Command const operands[] = {Graph::integer(0, 7), Graph::integer(0, 0)};
  Arrival const sum = stream.evaluate(CommandCode::Add, Type::BigInt, operands);
  CHECK(sum.fault == nullptr && sum.value.integer == 7);
  Arrival const none = stream.evaluate(CommandCode::Div, Type::BigInt, operands);
  CHECK(none.fault != nullptr && none.fault->code == FaultCode::DivideByZero);
  CHECK(none.fault->left.integer == 7 && none.fault->operation == CommandCode::Div);
  drop(none.fault);
  CHECK(stream.evaluate(CommandCode::Neg, Type::BigInt, operands).value.integer == -7);
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

// The first value of the chain comes last, so that all of it waits.
void a_chain_of_a_million_needs_no_deep_stack() {
  constexpr Handle kLength = 4000 * kBlockCells;
  for (Who who : {Who::Worker, Who::Helper}) {
    Graph graph(2);
    Stream stream(scalar_kernels());
    CHECK(stream.add_block().value() == 0);
    Cell& outside = stream.expect(graph.home(), 0, Type::Number);
    for (Handle i = 1; i < kLength; ++i) {
      if (i % kBlockCells == 0) CHECK(stream.add_block().value() == i / kBlockCells);
      Command const command = Graph::with_number(CommandCode::Add, i, Form::ValueRight, i - 1, 1);
      stream.consume(&graph.home(), &command, 1);
    }
    outside.value.number = 1;
    settle_outside(outside);
    Cell& last = stream.cell(kLength - 1);
    if (who == Who::Helper) stream.help(last);
    test::await(last);
    CHECK(last.value.number == kLength);
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
    Cell& outside = stream.expect(graph.home(), base, Type::Number);
    Command const commands[] = {
        Graph::operation(CommandCode::Add, Type::Number, base + 1, base, base),
        Graph::free_block(block),
    };
    stream.consume(&graph.home(), commands, 2);
    CHECK(stream.bytes() >= sizeof(Block));
    settle_outside(outside);
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
  a_value_in_the_command_is_an_operand();
  numbers_become_complex();
  evaluate_computes_on_the_spot();
  the_left_fault_wins();
  help_looks_at_a_shared_value_once();
  a_chain_of_a_million_needs_no_deep_stack();
  freed_blocks_come_back();
}
