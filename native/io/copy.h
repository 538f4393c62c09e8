#pragma once
// One file copied to another by the calls of a thread that may block.

#include <cstdint>

#include "io/interrupt.h"

namespace heddle {

// How a copy is made: any of these. The numbers are Node's COPYFILE_ constants.
inline constexpr int kCopyExclusive = 1;  // Only to what is not there.
inline constexpr int kCopyClone = 2;      // Shares the blocks where the file system can.
inline constexpr int kCopyCloneOnly = 4;  // Fails where it cannot.
inline constexpr int kCopyModes = 7;

// Copies the contents and the permissions of `from` to `to`, in place of what that had. Returns 0
// or -errno; -ECANCELED once `self` is interrupted. A file that it has made is gone when it fails.
// A file is its own copy already. The thread that `self` stands for.
std::int64_t copy_contents(char const* from, char const* to, int modes, Interruptible const& self);

}  // namespace heddle
