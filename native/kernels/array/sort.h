#pragma once
// Sorts an array as TypedArray.prototype.sort() does: ascending, -0 before 0, NaN last.

#include "heddle/kernel_context.h"
#include "kernels/array/types.h"

namespace heddle::array {

// Elements are taken in their order in memory. `out` has the type and shape of `a`, and may be its
// memory. NaNs lose their bits. Takes as much memory again while it runs; without it, more time.
Status sort(KernelContext t, ConstView const& a, View const& out);

}  // namespace heddle::array
