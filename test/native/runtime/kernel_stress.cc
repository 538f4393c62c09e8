// Stress: kernels behind the C ABI that fork trees, forget to join, wait in children and loops, and
// are given up, or whose runtime ends, in the middle of it.

#include "io/canceller.h"
#include "runtime/native_kernel.h"
#include "runtime/started.h"
#include "support/stress.h"

using namespace heddle;

namespace {

constexpr Handle kCalls = 40;

// A node of a tree, on the stack of who forks it.
struct Node {
  std::uint64_t seed;
  unsigned depth;
  Atomic<std::uint32_t>& count;
};

void visit(heddle_task* t, void* argument) {
  auto const& node = *static_cast<Node*>(argument);
  node.count.fetch_add(1, relaxed);
  Random random{node.seed};
  if (random.below(8) == 0) (void)heddle_sleep(t, random.below(20'000));
  if (node.depth == 0) return;
  Node children[3] = {{node.seed * 3, node.depth - 1, node.count},
                      {node.seed * 3 + 1, node.depth - 1, node.count},
                      {node.seed * 3 + 2, node.depth - 1, node.count}};
  for (Node& child : children) heddle_fork(t, visit, &child);
  for (int i = 0; i < 3; ++i) CHECK(heddle_join(t) == 0);
  CHECK(heddle_join(t) == EINVAL);
}

// What it forks is joined when it returns.
void visit_part(heddle_task* t, std::size_t begin, std::size_t end, void* argument) {
  for (std::size_t i = begin; i < end; ++i) heddle_fork(t, visit, argument);
}

// All nodes of one tree, and of one a part of a loop: unless it is given up, all are counted.
int walk(heddle_task* t, heddle_call* call) {
  Atomic<std::uint32_t> count{0};
  Node root{static_cast<std::uint64_t>(call->numbers[0]), 4, count};
  Node leaf{root.seed, 0, count};
  heddle_fork(t, visit, &root);
  int const looped = heddle_parallel_for(t, 0, 100, visit_part, &leaf);
  CHECK(heddle_join(t) == 0);
  call->result = count.load(relaxed);
  if (looped == 0) CHECK(count.load(relaxed) == 100 + 121);
  return looped;
}

void stress(test::Stress const& run) {
  Random random{run.seed};
  test::Started started(random);
  Runtime& runtime = *started.runtime;
  Handle const closes_at = random.below(2 * kCalls);
  for (Handle i = 0; i < kCalls; ++i) {
    KernelRequest request;
    request.kernel = walk;
    request.numbers = {double(run.seed % 1000 + i)};
    request.lane = Lane(random.below(kLanes));
    if (random.below(2) == 0) request.canceller = std::make_shared<Canceller>();
    auto const canceller = request.canceller;
    call_kernel(runtime, started.expect(i), std::move(request));
    if (canceller != nullptr && random.below(2) == 0) canceller->cancel();
    if (i == closes_at) runtime.close();
  }
  for (Handle i = 0; i < kCalls; ++i) {
    Cell const& cell = started.settled(i);
    if (cell.fault != nullptr) {
      CHECK(cell.fault->code == FaultCode::Cancelled);
      continue;
    }
    auto const* const both = reinterpret_cast<double const*>(cell.value.blob->data);
    CHECK(both[1] == 0 && both[0] == 100 + 121);
  }
  runtime.close();
  run.progress();
}

}  // namespace

int main(int argc, char** argv) {
  return test::run_seeds(argc, argv, 20, stress);
}
