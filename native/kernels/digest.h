#pragma once
// Checksums of memory and of files: XXH3 with 128 bits, from the xxHash library.

#include <cstddef>
#include <cstdint>

#include "base/clock.h"
#include "base/result.h"
#include "flow/value.h"
#include "io/file_stream.h"

namespace heddle {

struct Hash128 {
  std::uint64_t low;
  std::uint64_t high;
};

// Any thread.
Hash128 hash_bytes(void const* data, std::size_t size);

struct FileDigest {
  std::uint64_t size;  // Bytes that were read.
  Hash128 hash;
};

// Digests files one after the other, and keeps its buffers. Owned by one fiber.
class Digester {
 public:
  // Gives up with ECANCELED, between two pieces, once `cancelled` is true.
  Digester(Io& io, Atomic<bool> const& cancelled) : stream_(io), cancelled_(cancelled) {}

  // Reads the file to its end, piece by piece. Only regular files: EISDIR for a directory, and
  // ENXIO for what has no end or no contents of its own: devices, pipes and sockets. `call` says
  // what failed.
  Result<FileDigest> digest(char const* path, Call& call);

 private:
  void give_way();

  FileStream stream_;
  std::uint64_t running_since_ = now_ns();
  Atomic<bool> const& cancelled_;
};

}  // namespace heddle
