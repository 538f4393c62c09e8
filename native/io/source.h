#pragma once
// A file that is read from front to back, for read_file() and FileStream.

#include <cstddef>
#include <cstdint>

#include "base/result.h"
#include "io/attempt.h"
#include "io/io.h"

namespace heddle {

// What may be opened: anything, or nothing that has no end or no contents of its own.
enum class Only : bool { Anything, RegularFiles };

// Owned by one fiber, and used on it only.
class Source {
 public:
  explicit Source(Io& io) : io_(io) {}
  ~Source() { close(); }
  Source(Source const&) = delete;
  Source& operator=(Source const&) = delete;

  // Only when closed. With Only::RegularFiles a folder is EISDIR, and a device, a pipe or a
  // socket ENXIO, found out without waiting for it.
  Result<void> open(char const* path, Only only = Only::Anything);
  void close();

  // Reads on: from the cache what is there, or else through the engine. Returns how many
  // bytes, 0 at the end, or -errno.
  std::int64_t read(void* buffer, std::size_t length);

  // The two halves of read(), for whoever submits the operation himself.
  std::int64_t read_cached(void* buffer, std::size_t length);
  void prepare(Operation& operation, void* buffer, std::size_t length);

  // Notes what prepare()'s operation read.
  void advance(std::size_t asked, std::int64_t got);

  // True once a read has shown that there is no more, or that the expected size is reached:
  // then it need not be asked again.
  bool at_end() const { return at_end_; }

  // The size at the time of open(); 0 where it is not known, as in /proc and for pipes.
  std::size_t expected() const { return expected_; }

  // A buffer of this many bytes holds what is expected from here to the end, and shows it to
  // be the end. 0 where that is not known.
  std::size_t expected_room() const { return offset_ < expected_ ? expected_ - offset_ + 1 : 0; }

  int fd() const { return fd_; }
  std::size_t offset() const { return offset_; }  // Of what is read next.

 private:
  Result<FileFacts> open_waiting(char const* path, int held);
  std::int64_t position() const;
  void make_waiting();

  Io& io_;
  int fd_ = -1;
  bool waits_ = true;  // False: it is O_NONBLOCK, and no engine must have it.
  bool seekable_ = true;
  bool at_end_ = false;
  std::size_t offset_ = 0;
  std::size_t expected_ = 0;
};

}  // namespace heddle
