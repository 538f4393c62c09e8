#pragma once
// How many operands an operation still misses: counted down by whoever brings one.
//
// Rules, cited below by name:
//   N1  Whoever brings an operand writes it, then calls came(), once.
//   N2  The recording counts as one operand, which comes last of those that the recorder brings
//       itself. So came() is true exactly once, after all edges are in place.
//   N3  Who is told true, or sees is_none(), may read all operands.

#include <cstdint>

#include "base/atomic.h"

namespace heddle {

class Missing {
 public:
  // Before anybody else can bring one. The recorder only.
  void start(std::uint32_t operands) { count_.store(operands + 1, relaxed); }

  // An operand that was there when it was asked for. The recorder only, before its own came().
  void came_early() { count_.fetch_sub(1, relaxed); }  // Published by that.

  // True: it was the last. Who brings an operand; at last the recorder (N2).
  [[nodiscard]] bool came() {
    // Release publishes the operand, acquire takes all others' over, by the release sequence of
    // the count (N3).
    return count_.fetch_sub(1, acq_rel) == 1;
  }

  // True once all have come. Any thread.
  bool is_none() const {
    // Acquire pairs with came() (N3).
    return count_.load(acquire) == 0;
  }

 private:
  Atomic<std::uint32_t> count_{0};
};

}  // namespace heddle
