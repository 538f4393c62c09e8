#pragma once
// Operations as plain system calls, made where one may block.

#include <cstdint>

#include "io/interrupt.h"
#include "io/operation.h"

namespace heddle {

// False: it may wait for ever, for a writer, a peer, the other end of a FIFO. Any thread that may
// block.
bool ends_by_itself(Operation const& operation);

// Makes the call and returns its result, or -errno; -ECANCELED once `self` is interrupted. The
// thread that `self` stands for.
std::int64_t perform(Operation const& operation, Interruptible const& self);

// Closes `fd` and returns 0 or -errno. Any thread that may block.
std::int64_t close_now(int fd);

}  // namespace heddle
