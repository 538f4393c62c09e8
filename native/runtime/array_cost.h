#pragma once
// Which operations on arrays cost less than to hand them over.

#include "runtime/array_task.h"

namespace heddle {

// True: computing it takes less time than the waking of a worker, and forks nothing. About 2 us.
bool is_quick(ArrayRequest const& request);

}  // namespace heddle
