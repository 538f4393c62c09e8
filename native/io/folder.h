#pragma once
// What is in a folder, read by the calls of a thread that may block.

#include <cstdint>

#include "io/bytes.h"
#include "io/interrupt.h"

namespace heddle {

// What is wanted of each name.
enum class Entries : std::uint8_t { Names, Types };

// Appends one entry for each name but "." and "..", in no order: a byte, the name, a NUL. The byte
// is the type as readdir(3) has it; with Entries::Types a DT_UNKNOWN is one that cannot be found
// out. Returns 0 or -errno; -ECANCELED once `self` is interrupted. The thread that `self` stands
// for.
std::int64_t list_folder(char const* path, Entries wanted, Bytes& into, Interruptible const& self);

}  // namespace heddle
