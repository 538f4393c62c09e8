// What a root says of itself, and all that it forks inherits: the size of the stack, and when to
// stop.

#include <sys/resource.h>

#include <ctime>

#include "sched/harness.h"
#include "support/child.h"
#include "support/process.h"

using namespace heddle;
using namespace heddle::test;

namespace {

// Touches `bytes` of stack, in all calls together.
[[gnu::noinline]] std::size_t use_stack(std::size_t bytes) {
  char volatile frame[4096];
  frame[0] = 1;
  if (bytes <= sizeof frame) return frame[0];
  return use_stack(bytes - sizeof frame) + std::size_t(frame[0]);
}

std::size_t fork_deep(KernelContext t, std::size_t bytes, Atomic<int>* begun) {
  begun->fetch_add(1, relaxed);
  (void)t;
  return use_stack(bytes);
}

// A root on a large stack, and what is stolen from it, may use more than the others have.
void a_root_may_have_a_large_stack() {
  Started scheduler({.threads = 2, .stack_bytes = 32 * 1024, .large_stack_bytes = 1 << 20});
  constexpr std::size_t kBytes = 512 * 1024;
  std::uint64_t steals = 0;
  for (int round = 0; round < 1000 && steals < 5; ++round) {
    Atomic<int> begun{0};
    run(*scheduler,
        [&](KernelContext t) {
          t.fork<fork_deep>(kBytes, &begun);
          for (int spins = 0; begun.load(relaxed) == 0 && spins < 100'000; ++spins) cpu_relax();
          (void)use_stack(kBytes);
          t.join<fork_deep>();
        },
        {.stack = StackClass::Large});
    steals = scheduler.total().steals;
  }
  CHECK(steals > 0);
  Scheduler::HighWater const high = scheduler->high_water();
  CHECK(high.large_stack_bytes >= kBytes && high.large_stack_bytes <= 1 << 20);
  CHECK(high.stack_bytes <= 32 * 1024);
}

void high_water_is_what_was_used() {
  Started scheduler({.threads = 1});
  run(*scheduler, [] {});
  std::size_t const little = scheduler->high_water().stack_bytes;
  CHECK(little > 0 && little <= 16 * 1024);
  run(*scheduler, [] { (void)use_stack(40 * 1024); });
  Scheduler::HighWater const high = scheduler->high_water();
  CHECK(high.stack_bytes >= 40 * 1024 && high.stack_bytes <= 64 * 1024);
  CHECK(high.large_stack_bytes == 0);
  CHECK(high.tasks < 128);
  run(*scheduler, [](KernelContext t) {
    Atomic<int> begun{0};
    for (int i = 0; i < 1000; ++i) t.fork<fork_deep>(std::size_t{1}, &begun);
    for (int i = 0; i < 1000; ++i) t.join<fork_deep>();
  });
  CHECK(scheduler->high_water().tasks >= 1000 && scheduler->high_water().tasks < 1200);
}

// A large stack that there is no memory for is waited for: nothing crashes, nobody spins, and other
// roots go on.
void a_root_waits_for_memory() {
  if (test::kSanitized || test::is_emulated()) {
    std::printf("skipped: RLIMIT_AS under a sanitizer or an emulator\n");
    return;
  }
  test::Ending const ending = test::in_child([] {
    Started scheduler({.threads = 1, .large_stack_bytes = std::size_t{1} << 30});
    rlimit before{};
    CHECK(getrlimit(RLIMIT_AS, &before) == 0);
    rlimit const tight{std::size_t{512} << 20, before.rlim_max};
    CHECK(setrlimit(RLIMIT_AS, &tight) == 0);
    Atomic<bool> ran{false};
    Job& large = root_job([&] { ran.store(true, release); });
    large.stack = StackClass::Large;
    scheduler->submit(large);
    for (int i = 0; i < 100; ++i) run(*scheduler, [] {});
    wait_until_idle(*scheduler);
    std::clock_t const before_pause = std::clock();
    std::this_thread::sleep_for(std::chrono::milliseconds(500));
    CHECK(std::clock() - before_pause < CLOCKS_PER_SEC / 4);  // Of the processor: nobody spins.
    CHECK(!ran.load(acquire));
    CHECK(setrlimit(RLIMIT_AS, &before) == 0);
    run(*scheduler, [] {});  // Whoever wakes asks once more.
    wait_until([&] { return ran.load(acquire); });
  });
  CHECK_ENDING(ending, ending.is_exit(0));
}

struct Growth {
  Atomic<std::uint64_t> nodes{0};
  Atomic<std::uint64_t> open{0};
};

// Goes on for ever unless it is told to stop; children are joined either way.
void grow(KernelContext t, Growth* tree, std::uint32_t depth) {
  tree->nodes.fetch_add(1, relaxed);
  if (t.is_cancelled() || depth == 0) return;
  tree->open.fetch_add(1, relaxed);
  for (int i = 0; i < 100 && !t.is_cancelled(); ++i) {
    t.fork<grow>(tree, depth - 1);
    grow(t, tree, depth - 1);
    t.join<grow>();
  }
  tree->open.fetch_sub(1, relaxed);
}

void a_cancelled_root_stops_with_its_children_joined() {
  Started scheduler({.threads = 2});
  for (int round = 0; round < 20; ++round) {
    Growth tree;
    Atomic<bool> cancel{false};
    std::uint64_t const steals = scheduler.total().steals;
    std::thread canceller([&] {  // Not before both workers are at it.
      wait_until([&] { return tree.nodes.load(relaxed) > 10'000; });
      wait_until([&] { return scheduler.total().steals > steals; });
      cancel.store(true, relaxed);
    });
    run(*scheduler, [&](KernelContext t) { grow(t, &tree, 40); }, {.cancel = &cancel});
    canceller.join();
    CHECK(tree.open.load(relaxed) == 0);
    CHECK(tree.nodes.load(relaxed) > 10'000);
  }
  // The next root knows nothing of it.
  CHECK(!run(*scheduler, [](KernelContext t) { return t.is_cancelled(); }));
}

}  // namespace

int main() {
  a_root_may_have_a_large_stack();
  high_water_is_what_was_used();
  a_root_waits_for_memory();
  a_cancelled_root_stops_with_its_children_joined();
  std::puts("ok");
}
