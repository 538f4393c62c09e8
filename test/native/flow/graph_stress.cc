// Stress: random graphs over two homes come out as a plain loop computes them, while the stream's
// thread records, helps, frees blocks, and one home is closed in the middle.

#include "flow/graph.h"
#include "support/stress.h"

using namespace heddle;
using test::Graph;

namespace {

constexpr std::uint32_t kBlocks = 40;

struct Expected {
  double value;
  bool may_be_cancelled;
};

// A block of operations over what came before, on either home.
void record_block(Random& random, Stream& stream, Graph& first, Graph& second,
                  std::vector<Expected>& expected, bool second_is_closed) {
  Handle const base = stream.add_block().value() * kBlockCells;
  CHECK(base == expected.size());
  for (Handle i = 0; i < kBlockCells; ++i) {
    Handle const to = base + i;
    if (to < 2 || random.below(8) == 0) {
      Command const command = Graph::number(to, double(random.below(100)));
      stream.consume(nullptr, &command, 1);
      expected.push_back({command.value.number, false});
      continue;
    }
    Handle const left = random.below(to);
    Handle const right = to - 1 - random.below(std::min(to, 20u));
    bool const on_second = !second_is_closed && random.below(2) == 0;
    CommandCode const code = random.below(2) == 0 ? CommandCode::Add : CommandCode::Sub;
    Command const command = Graph::operation(code, Type::Number, to, left, right);
    stream.consume(on_second ? &second.home() : &first.home(), &command, 1);
    Expected const& a = expected[left];
    Expected const& b = expected[right];
    expected.push_back({code == CommandCode::Add ? a.value + b.value : a.value - b.value,
                        on_second || a.may_be_cancelled || b.may_be_cancelled});
    if (random.below(64) == 0) stream.help(stream.cell(random.below(to + 1)));
  }
}

void stress(test::Stress const& run) {
  Random random{run.seed};
  Graph first(1 + random.below(4));
  Graph second(1 + random.below(4));
  Stream stream(scalar_kernels());
  std::vector<Expected> expected;
  std::uint32_t const close_at = random.below(kBlocks);
  for (std::uint32_t block = 0; block < kBlocks; ++block) {
    if (block == close_at) second.close();
    record_block(random, stream, first, second, expected, block >= close_at);
  }
  std::uint32_t values = 0;
  for (Handle handle = 0; handle < expected.size(); ++handle) {
    Cell& cell = stream.cell(handle);
    if (random.below(16) == 0) stream.help(cell);
    test::await(cell);
    if (cell.fault != nullptr) {
      CHECK(expected[handle].may_be_cancelled && cell.fault->code == FaultCode::Cancelled);
    } else {
      ++values;
      // Sums of sums grow beyond 2^53 in a deep graph; both sides round alike.
      CHECK(cell.value.number == expected[handle].value);
    }
  }
  CHECK(values > 0);
  while (!second.home().is_quiet()) sched_yield();
  first.close();
}

}  // namespace

int main(int argc, char** argv) {
  return test::run_seeds(argc, argv, 20, stress);
}
