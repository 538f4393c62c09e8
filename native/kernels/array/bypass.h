#pragma once
// Writes past the caches, for results that are too large to stay in them.
//
// An ordinary store first reads the line that it writes to: a fourth of what two operands and a
// result move. Where the result drives everything else out of the cache anyway nothing is lost by
// not reading it, and not keeping it.

#include <cstddef>

namespace heddle::array {

// Results of at least so many bytes: what a core's share of the last cache usually is. More than
// there are where no such stores are known.
std::size_t bypass_bytes_min();

// For tests: another size, for operations that start later.
void bypass_from(std::size_t bytes);

// After the last loop of a thread that has written so, before it says that it is done. Ordinary
// releases do not wait for such stores.
void end_bypass();

}  // namespace heddle::array
