// Stress: whoever holds the lock is alone, and nobody who waits for it is forgotten.
//
// Threads add one to a plain number under the lock, with pauses of random length inside and
// outside. A lost update shows at the end, a lost wake-up as a hang, and under TSan a missing
// hand-over as a race. Replays with --seed N.

#include <cstdint>
#include <thread>

#include "base/check.h"
#include "base/cpu.h"
#include "base/lock.h"
#include "base/random.h"
#include "support/stress.h"
#include "support/threads.h"

using namespace heddle;

namespace {

constexpr std::uint64_t kThreads = 4;

void pause(Random& random) {
  for (std::uint32_t i = random.below(8); i > 0; --i) cpu_relax();
}

void stress(test::Stress const& run) {
  std::uint64_t const rounds = run.scaled(20'000);
  Lock lock;
  std::uint64_t sum = 0;
  Atomic<std::uint64_t> found_held{0};

  test::run_together(kThreads, [&](std::size_t i) {
    Random random(run.seed + i);
    for (std::uint64_t round = 0; round < rounds; ++round) {
      if (!lock.try_lock()) {
        found_held.fetch_add(1, relaxed);
        lock.lock();
      }
      std::uint64_t const before = sum;
      pause(random);
      if (random.below(1000) == 0) std::this_thread::yield();  // Away while it is held.
      sum = before + 1;
      lock.unlock();
      pause(random);
      run.progress();
    }
  });

  CHECK(sum == kThreads * rounds);
  CHECK(found_held.load(relaxed) > 0);  // Else this run tested nothing.
}

}  // namespace

int main(int argc, char** argv) {
  return test::run_seeds(argc, argv, 5, stress);
}
