// Stress: of two threads that each store and then look at the other's, one sees the other,
// although only one of them pays for a fence.
//
// This is the kernel's promise that publishing for a busy owner rests on. Both threads meet
// before every round and then wait a random while, so that the free side's store and load
// fall everywhere around the barrier. A control without the barrier must see both miss, or
// the machine would pass whatever we did.

#include "base/membarrier.h"

#include <cstdio>
#include <thread>

#include "base/atomic.h"
#include "base/cpu.h"
#include "base/random.h"
#include "support/stress.h"
#include "support/threads.h"

using namespace heddle;

namespace {

constexpr int kControlsMax = 20'000;  // Under load the two hardly ever run at the same time.
constexpr std::uint64_t kControlRounds = 4'000;

struct Side {
  alignas(64) Atomic<std::uint64_t> stored{0};
  alignas(64) Atomic<std::uint64_t> turn{0};
  std::uint64_t seen = 0;
};

// Waits until the other side has come to this turn as well.
void meet(Side& self, Side& other, std::uint64_t turn) {
  // Release and acquire pair with each other: `seen` is read after the meeting.
  self.turn.store(turn, release);
  for (int spins = 0; other.turn.load(acquire) < turn; ++spins) {
    if (spins % 64 == 63) std::this_thread::yield();
    cpu_relax();
  }
}

void wait_a_little(Random& random) {
  for (std::uint32_t i = random.below(512); i > 0; --i) compiler_barrier();
}

// How often neither saw the other.
template <class Dear>
std::uint64_t count_misses(test::Stress const& run, std::uint64_t rounds, Dear dear) {
  Side sides[2];
  std::uint64_t both_missed = 0;
  test::run_together(2, [&](std::size_t i) {
    Random random(run.seed + i);
    Side& self = sides[i];
    Side& other = sides[1 - i];
    for (std::uint64_t round = 1; round <= rounds; ++round) {
      meet(self, other, 2 * round - 1);
      wait_a_little(random);
      self.stored.store(round, relaxed);
      if (i == 0) {
        dear();
      } else {
        compiler_barrier();
      }
      self.seen = other.stored.load(relaxed);
      meet(self, other, 2 * round);
      if (i == 0 && sides[0].seen < round && sides[1].seen < round) ++both_missed;
      run.progress();
    }
  });
  return both_missed;
}

void stress(test::Stress const& run) {
  CHECK(count_misses(run, run.scaled(20'000), membarrier) == 0);

  std::uint64_t control = 0;
  for (int i = 0; control == 0 && i < kControlsMax; ++i) {
    control = count_misses(run, kControlRounds, compiler_barrier);
  }
  CHECK(control > 0);  // Else this run tested nothing.
}

// Why there is nothing to test here, or null.
char const* obstacle() {
#if defined(__SANITIZE_THREAD__)
  return "the thread sanitizer puts fences everywhere";
#endif
  if (std::thread::hardware_concurrency() < 2) return "one processor never misses";
  if (!membarrier_register().ok()) return "membarrier is refused";
  return nullptr;
}

}  // namespace

int main(int argc, char** argv) {
  if (char const* why = obstacle()) {
    std::printf("nothing to test: %s\n", why);
    return 0;
  }
  return test::run_seeds(argc, argv, 3, stress);
}
