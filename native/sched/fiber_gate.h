#pragma once
// A gate that a fiber shuts: it is suspended until the last user has left.

#include "base/gate.h"
#include "sched/event.h"

namespace heddle {

struct FiberSleeper {
  void wait(Atomic<std::uint32_t>& word, std::uint32_t) {
    told.wait();
    // Acquire pairs with leave(), each of them; who is refused meanwhile may have changed it since.
    (void)word.load(acquire);
  }

  void wake(Atomic<std::uint32_t>&) { told.set(); }

  Event told;
};

using FiberGate = BasicGate<FiberSleeper>;

}  // namespace heddle
