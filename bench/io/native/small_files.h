#pragma once
// Ways to read many small files whole: open, read, close.

#include <cstdint>
#include <string>
#include <vector>

#include "file.h"

namespace io_bench {

// Each reads all files and checks what was in them; `depth` at once, where that means anything.
void read_small_here(std::vector<std::string> const& paths);
void read_small_by_threads(std::vector<std::string> const& paths, unsigned count);
void read_small_by_ring(std::vector<std::string> const& paths, unsigned depth);

// Ends the program if this is not what small file `number` contains.
inline void verify_small(std::byte const* data, std::int64_t bytes, unsigned number) {
  if (bytes != std::int64_t(small_bytes(number))) fail("length of a small file", EIO);
  verify(data, std::size_t(bytes), number * kWordsOfSmall);
}

}  // namespace io_bench
