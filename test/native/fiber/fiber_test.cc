// Unit: fibers are entered and left, have two stacks of their own, and come from pools with limits.

#include "fiber/fiber.h"

#include <sys/resource.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

#include "base/check.h"
#include "base/random.h"
#include "fiber/slabs.h"
#include "support/child.h"
#include "support/process.h"

using namespace heddle;

namespace {

constexpr std::size_t kStackBytes = 64 * 1024;
constexpr std::size_t kTailBytes = 1000;  // No multiple of anything.

// What the bodies below do is told through the seat, as the scheduler does.
struct Script {
  int entered = 0;
  bool stays_on_its_stack = true;
};

Script& script_of(Fiber& fiber) {
  return *static_cast<Script*>(fiber.seat);
}

void count_entries(Fiber& self) {
  for (int here = 1;; ++here) {
    Script& script = script_of(self);
    script.entered += 1;
    script.stays_on_its_stack &= Fiber::running() == &self && here == script.entered;
    self.leave();
  }
}

void a_fiber_goes_on_where_it_left() {
  Host host;
  FiberSlabs slabs({kStackBytes, kTailBytes});
  Fiber& fiber = *slabs.make(count_entries);
  Script script;
  fiber.seat = &script;
  CHECK(Fiber::running() == nullptr);
  for (int i = 1; i <= 1000; ++i) {
    fiber.enter(host);
    CHECK(script.entered == i);
    CHECK(Fiber::running() == nullptr);
  }
  CHECK(script.stays_on_its_stack);
}

void fibers_take_turns_in_any_order() {
  constexpr std::size_t kFibers = 100;
  Host host;
  FiberSlabs slabs({kStackBytes, kTailBytes});
  std::vector<Fiber*> fibers;
  std::vector<Script> scripts(kFibers);
  for (std::size_t i = 0; i < kFibers; ++i) {
    fibers.push_back(slabs.make(count_entries));
    fibers[i]->seat = &scripts[i];
  }
  Random random(7);
  for (int turn = 0; turn < 10'000; ++turn) fibers[random.below(kFibers)]->enter(host);
  int sum = 0;
  for (Script const& script : scripts) {
    CHECK(script.stays_on_its_stack);
    sum += script.entered;
  }
  CHECK(sum == 10'000);
}

// Where a fiber's parts lie, as seen from its inside.
struct Extent {
  std::uintptr_t stack_low, stack_high, header, tail_low, tail_high;
};

struct Surveyed {
  Extent extent;
  std::uint32_t pattern;
  bool is_intact;
};

// Writes a pattern over all of the tail and most of the stack, leaves, and looks for it again.
void survey(Fiber& self) {
  while (true) {
    auto& surveyed = *static_cast<Surveyed*>(self.seat);
    std::size_t const left = self.stack_bytes_left();
    CHECK(left < self.stack_bytes());
    // What was left was counted from a frame a little below this one; stacks begin with a page.
    auto const here = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
    std::uintptr_t const stack_low = (here - left) / 4096 * 4096;
    auto const tail = reinterpret_cast<std::uintptr_t>(self.tail());
    surveyed.extent = {.stack_low = stack_low,
                       .stack_high = stack_low + self.stack_bytes(),
                       .header = reinterpret_cast<std::uintptr_t>(&self),
                       .tail_low = tail,
                       .tail_high = tail + kTailBytes};
    // Down to 8 KiB above the guard, so that what is called here has room; not under sanitizers,
    // who know that these bytes belong to no frame.
    auto* const low = reinterpret_cast<unsigned char*>(stack_low);
    std::size_t const fill = test::kSanitized ? 0 : left - 8192;
    std::uint32_t const pattern = surveyed.pattern;
    std::memset(low + 4096, int(pattern & 0xff), fill);
    std::memset(self.tail(), int(pattern & 0xff), kTailBytes);
    self.leave();
    bool intact = true;
    for (std::size_t i = 0; i < fill; ++i) intact &= low[4096 + i] == (pattern & 0xff);
    auto* const bytes = static_cast<unsigned char*>(self.tail());
    for (std::size_t i = 0; i < kTailBytes; ++i) intact &= bytes[i] == (pattern & 0xff);
    surveyed.is_intact = intact;
    self.leave();
  }
}

void thousands_of_fibers_do_not_overlap() {
  constexpr std::uint32_t kFibers = 3000;
  constexpr std::size_t kSmall = 16 * 1024;
  Host host;
  std::size_t const mappings = test::mapping_count();
  FiberSlabs slabs({kSmall, kTailBytes});
  std::vector<Fiber*> fibers;
  std::vector<Surveyed> surveyed(kFibers);
  for (std::uint32_t i = 0; i < kFibers; ++i) {
    Fiber* fiber = slabs.make(survey);
    CHECK(fiber != nullptr && fiber->id() == i);
    auto const* tail = static_cast<unsigned char const*>(fiber->tail());
    CHECK(reinterpret_cast<std::uintptr_t>(tail) % 64 == 0);
    CHECK(std::all_of(tail, tail + kTailBytes, [](unsigned char byte) { return byte == 0; }));
    surveyed[i].pattern = i % 251 + 1;
    fiber->seat = &surveyed[i];
    fibers.push_back(fiber);
  }
  for (Fiber* fiber : fibers) fiber->enter(host);
  for (Fiber* fiber : fibers) fiber->enter(host);

  struct Range {
    std::uintptr_t low, high;
  };
  std::vector<Range> ranges;
  for (std::uint32_t i = 0; i < kFibers; ++i) {
    CHECK(surveyed[i].is_intact);
    Extent const& e = surveyed[i].extent;
    CHECK(e.stack_high <= e.header && e.header + sizeof(Fiber) <= e.tail_low);
    // With the guard, which belongs to this fiber alone as well.
    CHECK(fibers[i]->is_overflow(reinterpret_cast<void*>(e.stack_low - 1)));
    CHECK(!fibers[i]->is_overflow(reinterpret_cast<void*>(e.stack_low)));
    ranges.push_back({e.stack_low - Fiber::kGuardBytes, e.tail_high});
  }
  std::sort(ranges.begin(), ranges.end(), [](Range a, Range b) { return a.low < b.low; });
  for (std::size_t i = 1; i < ranges.size(); ++i) CHECK(ranges[i - 1].high <= ranges[i].low);

  if (!test::kSanitized && !test::is_emulated()) {
    std::size_t const used = test::mapping_count() - mappings;
    // One a slab, or two a fiber where guards split the mapping. Both are within the system's
    // limit.
    std::printf("%u fibers in %zu mappings\n", kFibers, used);
    CHECK(used <= 2 * kFibers + kFibers / 8);
  }
}

void a_large_stack_costs_what_is_touched() {
  if (test::kSanitized || test::is_emulated()) {
    std::printf("skipped: resident memory says nothing under a sanitizer or an emulator\n");
    return;
  }
  constexpr std::size_t kLarge = 1024 * 1024;
  constexpr int kFibers = 500;
  Host host;
  Script script;
  FiberSlabs slabs({kLarge, 256 * 1024});
  std::size_t const before = test::resident_bytes();
  for (int i = 0; i < kFibers; ++i) {
    Fiber& fiber = *slabs.make(count_entries);
    script = {};
    fiber.seat = &script;
    fiber.enter(host);
  }
  std::size_t const each = (test::resident_bytes() - before) / kFibers;
  std::printf("a fiber that does nothing has %zu bytes resident\n", each);
  CHECK(each <= 5 * std::size_t(sysconf(_SC_PAGESIZE)));
}

void a_pool_stops_at_its_limit() {
  FiberSlabs slabs({kStackBytes, kTailBytes});
  FiberPool pool(slabs, count_entries, 20);  // More than a slab.
  std::vector<Fiber*> fibers;
  for (std::uint32_t i = 0; i < 20; ++i) {
    CHECK(pool.can_take());
    fibers.push_back(pool.take());
    CHECK(fibers.back() != nullptr && pool.in_use() == i + 1);
  }
  CHECK(!pool.can_take());
  CHECK(pool.take() == nullptr && pool.in_use() == 20);

  pool.give(*fibers[3]);
  CHECK(pool.can_take() && pool.in_use() == 19);
  CHECK(pool.take() == fibers[3]);
  CHECK(pool.take() == nullptr);

  // The last given has the warmest stack, and is taken first.
  pool.give(*fibers[5]);
  pool.give(*fibers[6]);
  CHECK(pool.take() == fibers[6]);
  CHECK(pool.take() == fibers[5]);
}

void pools_share_slabs() {
  FiberSlabs slabs({kStackBytes, kTailBytes});
  FiberPool one(slabs, count_entries, 5);
  FiberPool other(slabs, count_entries, 5);
  std::vector<Fiber*> all;
  for (int i = 0; i < 5; ++i) {
    all.push_back(one.take());
    all.push_back(other.take());
  }
  std::sort(all.begin(), all.end());
  CHECK(std::adjacent_find(all.begin(), all.end()) == all.end());
  CHECK(one.take() == nullptr && other.take() == nullptr);
}

// In a child, because the limit is the process's. Sanitizers reserve more than any limit.
void no_memory_is_no_fiber_and_no_crash() {
  if (test::kSanitized || test::is_emulated()) {
    std::printf("skipped: RLIMIT_AS under a sanitizer or an emulator\n");
    return;
  }
  test::Ending const ending = test::in_child([] {
    Host host;
    FiberSlabs slabs({1024 * 1024, kTailBytes});
    FiberPool pool(slabs, count_entries, 1'000'000);
    Fiber* first = pool.take();
    CHECK(first != nullptr);
    rlimit const tight{std::size_t{256} << 20, std::size_t{256} << 20};
    CHECK(setrlimit(RLIMIT_AS, &tight) == 0);
    Script script;
    std::uint32_t taken = 1;
    while (Fiber* fiber = pool.take()) {
      fiber->seat = &script;
      script = {};
      fiber->enter(host);
      ++taken;
      CHECK(taken < 1000);
    }
    CHECK(taken >= 16);
    CHECK(pool.in_use() == taken);
    CHECK(!pool.can_take());        // Nobody need ask again,
    CHECK(pool.take() == nullptr);  // until something is given back;
    pool.give(*first);
    CHECK(pool.take() == first);  // what there is goes on working.
    first->seat = &script;
    script = {};
    first->enter(host);
    CHECK(script.entered == 1);
  });
  CHECK_ENDING(ending, ending.is_exit(0));
}

void a_body_that_returns_is_a_bug() {
  test::Ending const ending = test::in_child([] {
    Host host;
    FiberSlabs slabs({kStackBytes, kTailBytes});
    slabs.make([](Fiber&) {})->enter(host);
  });
  CHECK_ENDING(ending, ending.is_killed_by(SIGABRT) && ending.says("a fiber's body returned"));
}

void every_slab_goes_with_its_slabs() {
  if (test::kSanitized) {
    std::printf("skipped: a sanitizer's own mappings come and go\n");
    return;
  }
  std::size_t before = 0;
  for (int round = 0; round < 20; ++round) {
    {
      FiberSlabs slabs({kStackBytes, kTailBytes});
      for (int i = 0; i < 100; ++i) CHECK(slabs.make(count_entries) != nullptr);
    }
    if (round == 4) before = test::mapping_count();  // The heap has grown to its size by then.
  }
  CHECK(test::mapping_count() == before);
}

}  // namespace

int main() {
  a_fiber_goes_on_where_it_left();
  fibers_take_turns_in_any_order();
  thousands_of_fibers_do_not_overlap();
  a_large_stack_costs_what_is_touched();
  a_pool_stops_at_its_limit();
  pools_share_slabs();
  no_memory_is_no_fiber_and_no_crash();
  a_body_that_returns_is_a_bug();
  every_slab_goes_with_its_slabs();
}
