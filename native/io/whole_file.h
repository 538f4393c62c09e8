#pragma once
// All that a file has, for fibers.

#include <cstddef>
#include <optional>
#include <span>

#include "base/result.h"
#include "io/bytes.h"
#include "io/direct_read.h"
#include "io/file.h"
#include "io/io.h"

namespace heddle {

// The largest file that read_file() reads; more is EFBIG. As in Node: larger ones are for
// FileStream.
inline constexpr std::size_t kReadFileBytesMax = 0x7fffffff;

// How much is to come from a disk for it to be read past the page cache.
inline constexpr std::size_t kDirectBytesMin = std::size_t{1} << 20;

struct ReadFileOptions {
  std::size_t bytes_max = kReadFileBytesMax;
  std::optional<std::span<std::byte>> into{};  // Memory for it. Else it has its own.
  bool cuts = false;                           // What does not fit there is left out.
  Progress* progress = nullptr;                // Told as it goes on.
  // If set, and more than kDirectBytesMin are expected, nothing is read, and it is set to that: for
  // whoever has better memory for so much.
  std::size_t* expected = nullptr;
  FileCall* call = nullptr;            // Which call has failed.
  Atomic<bool> const* ends = nullptr;  // Once true, it is ECANCELED soon.
};

// All that `path` gives until its end, whatever size it claims to be, or grows or shrinks to
// meanwhile. What is cached comes from there, and much that is not straight from the disk. EFBIG:
// it is larger than it may be, or than `into`.
Result<Bytes> read_file(Io& io, char const* path, ReadFileOptions const& options = {});

}  // namespace heddle
