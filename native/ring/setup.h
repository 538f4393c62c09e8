#pragma once
// Opening a ring with the best flags that this kernel takes. For ring.cc alone.

#include "base/result.h"
#include "ring/ring.h"

namespace heddle {

struct Setup {
  unsigned entries;   // What was left after halving.
  char const* flags;  // For people.
};

// Initialises `ring`, disabled, and checks that it can do all that Ring offers. On failure
// there is nothing to close. Any thread.
Result<Setup> set_up(io_uring& ring, RingOptions const& options);

}  // namespace heddle
