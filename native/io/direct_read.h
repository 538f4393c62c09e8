#pragma once
// Reading past the page cache, many pieces at a time: for much that is not cached.
//
// A buffered read of a cold file costs a processor twice: the kernel makes pages for it, and copies
// them, on whichever processor is at hand. A disk that writes straight into memory costs next to
// nothing, so that a frame beside it is not held up; and as nobody reads ahead here, several pieces
// are asked for at once.

#include <cstddef>
#include <cstdint>

#include "io/io.h"

namespace heddle {

// Told on the fiber that reads: it is to be quick.
struct Progress {
  virtual ~Progress() = default;
  virtual void loaded(std::size_t bytes, std::size_t expected) = 0;
};

class DirectRead {
 public:
  // Of places, lengths and memory: what every disk takes.
  static constexpr std::size_t kAlignment = 4096;

  explicit DirectRead(Io& io) : io_(io) {}
  ~DirectRead() { close(); }
  DirectRead(DirectRead const&) = delete;
  DirectRead& operator=(DirectRead const&) = delete;

  // Opens once more what is open as `fd`. False: its file system has no such thing, or nobody may.
  [[nodiscard]] bool open(int fd);

  // Reads `length` bytes from `offset` on, a multiple of kAlignment. Memory that is aligned is
  // written to at once, up to such a multiple if `room` allows it; else there is a copy. Returns
  // how many bytes there are: fewer only where the file has ended, or -errno: EINVAL where it
  // cannot be done, ECANCELED where whoever has asked for it has given up. On a fiber only.
  std::int64_t read(std::byte* into, std::size_t room, std::size_t offset, std::size_t length,
                    Progress* progress);

 private:
  void close();

  Io& io_;
  int fd_ = -1;
};

}  // namespace heddle
