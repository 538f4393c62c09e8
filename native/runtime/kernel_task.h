#pragma once
// What a kernel behind the C ABI is handed, in place of a KernelContext: <heddle/kernel.h>.
//
// Rules, cited below by name:
//   N1  Each function of a kernel's has a task of its own, in the frame that calls it, and what it
//       has forked and not joined is joined before that frame goes: so a kernel's mistakes end with
//       its own function (C7).

#include "heddle/kernel.h"
#include "heddle/kernel_context.h"
#include "io/canceller.h"
#include "sched/lane.h"

namespace heddle {

// One call of a kernel: the same for all that it forks.
struct NativeCall {
  // True: given up, or its runtime is ending.
  bool is_cancelled() const {
    return closing.load(relaxed) || (canceller != nullptr && canceller->is_asked());
  }

  Io& io;
  Atomic<bool> const& closing;
  Canceller* canceller;  // Or null.
};

// Calls kernel(task, call) as what is given up with `of`. On a fiber.
int run_kernel(heddle_kernel kernel, heddle_call& call, NativeCall& of, Lane lane);

}  // namespace heddle
