#pragma once
// Bringing a part of a mapped file into memory, by a thread that may block.

#include <cstddef>
#include <cstdint>

#include "io/interrupt.h"

namespace heddle {

// Maps pages of a Mapping, and has them read where they are not cached: 0, or -errno. -EFAULT: some
// of it is not there to be read, the rest has been brought in. -ECANCELED once `self` is
// interrupted. `begin` is a page's. The thread that `self` stands for.
std::int64_t populate(std::byte* begin, std::size_t bytes, Interruptible const& self);

}  // namespace heddle
