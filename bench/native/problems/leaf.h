#pragma once
// Children forked before a long stretch of the parent's own work, in which it neither forks nor
// joins.
//
// Twenty of 50 ms, then 1 s inline: two workers could be done in 1 s. The children can only be
// stolen if a thief gets at them while their parent does not look. In the mode `busy` the thief has
// work of its own while they are forked, and so could not have asked for them before.

#include <atomic>
#include <cstdint>

#include "support/measure.h"

namespace bench {

struct Leaf {
  using Result = bool;  // There is one.
  static constexpr char const* kName = "leaf";
  static constexpr long kFull = 50;
  static constexpr long kTiny = 1;
  static constexpr int kChildren = 20;

  explicit Leaf(long milliseconds) : child_ns(milliseconds * 1'000'000) {}

  // One child's work.
  void work() {
    spin_ns(child_ns);
    ran.fetch_add(1, std::memory_order_relaxed);
  }

  // The parent's: as much as all children's.
  void work_inline() const { spin_ns(kChildren * child_ns); }

  // What keeps a thief busy. The parent forks it first, and goes on when it has been stolen.
  void keep_busy() {
    is_stolen.store(true, std::memory_order_relaxed);
    spin_ns(child_ns * 2 / 5);
  }
  void await_thief() const {
    while (!is_stolen.load(std::memory_order_relaxed)) {
    }
  }

  Result solve() {
    for (int i = 0; i < kChildren; ++i) work();
    work_inline();
    return true;
  }
  bool is_right(Result) const { return ran.load(std::memory_order_relaxed) == kChildren; }

  // Children.
  std::uint64_t units() const { return kChildren; }

  std::int64_t child_ns;
  std::atomic<int> ran{0};
  std::atomic<bool> is_stolen{false};
};

}  // namespace bench
