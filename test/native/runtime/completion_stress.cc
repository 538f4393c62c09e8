// Stress: foreign threads signal, by addresses and by keys, while the runtime ends: every value
// comes or is cancelled, each signal of a value that is cancelled was too late, and nobody touches
// what has gone.

#include <unistd.h>

#include <thread>
#include <vector>

#include "base/random.h"
#include "runtime/runtime.h"
#include "support/stress.h"
#include "support/threads.h"

using namespace heddle;

namespace {

constexpr std::uint32_t kCompletions = 200;

struct Tally {
  int came = 0;
  int cancelled = 0;
};

// Signalled by its key, by its address, twice, or never.
struct Each {
  std::uint64_t key = 0;
  heddle_completion* pointer = nullptr;
};

void signal(Each const& each, Random& random) {
  if (each.pointer != nullptr) heddle_signal(each.pointer);
  if (random.below(3) > 0) (void)ForeignCompletion::signal(each.key);
}

Tally run(IoOptions::Wanted io, std::uint64_t seed) {
  Random random{seed};
  RuntimeOptions options;
  options.scheduler.threads = 1;
  options.io = io;
  auto runtime = std::move(Runtime::start(options)).value();
  Stream stream(kernels());
  Handle const base = stream.add_block().value() * kBlockCells;
  std::vector<Each> all(kCompletions);
  for (std::uint32_t i = 0; i < kCompletions; ++i) {
    Cell& cell = stream.expect(runtime->home(), base + i, Type::Bytes);
    all[i].key = runtime->completions().make(runtime->io(), cell).value();
    if (random.below(2) == 0) all[i].pointer = ForeignCompletion::pointer(all[i].key);
  }
  std::uint32_t const close_after = random.below(kCompletions);
  Atomic<std::uint32_t> signalled{0};
  Atomic<bool> is_gone{false};
  test::run_together(3, [&](std::size_t thread) {
    Random mine{seed * 3 + thread};
    if (thread == 2) {
      while (signalled.load(relaxed) < close_after) std::this_thread::yield();
      runtime->close();
      for (stream.free_retired(); !runtime->is_quiet(); stream.free_retired()) usleep(20);
      runtime.reset();
      is_gone.store(true, relaxed);
      return;
    }
    // Both signal all of them, from either end; an address only one of them has.
    for (std::uint32_t i = 0; i < kCompletions; ++i) {
      Each each = all[thread == 0 ? i : kCompletions - 1 - i];
      if ((each.key % 2 == 0) != (thread == 0)) each.pointer = nullptr;
      signal(each, mine);
      signalled.fetch_add(1, relaxed);
    }
  });
  CHECK(is_gone.load(relaxed));
  Tally tally;
  for (std::uint32_t i = 0; i < kCompletions; ++i) {
    Cell const& cell = stream.cell(base + i);
    CHECK(cell.is_settled());
    if (cell.fault == nullptr) {
      ++tally.came;
    } else {
      CHECK(cell.fault->code == FaultCode::Cancelled);
      ++tally.cancelled;
    }
    CHECK(!ForeignCompletion::signal(all[i].key));
  }
  return tally;
}

void stress(test::Stress const& stress) {
  Tally sum;
  for (auto io : {IoOptions::Wanted::Auto, IoOptions::Wanted::Threads}) {
    for (std::uint64_t round = 0; round < 40; ++round) {
      Tally const tally = run(io, stress.seed * 97 + round);
      sum.came += tally.came;
      sum.cancelled += tally.cancelled;
      stress.progress();
    }
  }
  std::printf("%d came, %d cancelled\n", sum.came, sum.cancelled);
  CHECK(sum.came > 0 && sum.cancelled > 0);
}

}  // namespace

int main(int argc, char** argv) {
  return test::run_seeds(argc, argv, 5, stress);
}
