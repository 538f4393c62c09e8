#pragma once
// A file in chunks, front to back: cached ones at once, others read ahead.
//
// As long as chunks come from the cache there is one buffer and no suspension. The first chunk
// that has to be waited for turns reading ahead on: from then on the next chunk is with the
// engine before the current one is handed out, so that the disk works while the caller does.
//
// Reading ahead from the first chunk on would cost more than it gains: 64 MiB that are cached
// take 4.0 to 4.7 ms of CPU to sum up this way, and 7.6 to 18 ms with an engine in between.

#include <cstddef>
#include <memory>
#include <span>

#include "base/result.h"
#include "io/await.h"
#include "io/source.h"

namespace heddle {

// Owned by one fiber, and used on it only. One stream can read many files, one after the
// other, and keeps its buffers.
class FileStream {
 public:
  static constexpr std::size_t kChunkBytes = 256 * 1024;

  explicit FileStream(Io& io) : io_(io), source_(io) {}
  ~FileStream() { close(); }
  FileStream(FileStream const&) = delete;
  FileStream& operator=(FileStream const&) = delete;

  // Opens another file; the one before is closed. As Source::open().
  Result<void> open(char const* path, Only only = Only::Anything);

  // The next bytes, at most kChunkBytes, and none at the end. They stay until the next call.
  // After an error only open() and close() help.
  Result<std::span<std::byte const>> next();

  // Gives up what is in flight, waits for it, and closes.
  void close();

 private:
  struct Buffer {
    std::unique_ptr<std::byte[]> bytes;
    std::size_t capacity = 0;
  };

  std::size_t wanted() const;
  static bool grow(Buffer& buffer, std::size_t bytes);
  std::int64_t fetch();
  void read_ahead();

  Io& io_;
  Source source_;
  Pending ahead_;             // Reads into the buffer that is not current_.
  std::size_t asked_ = 0;     // Of ahead_.
  bool reads_ahead_ = false;  // A chunk had to be waited for.
  unsigned current_ = 0;
  Buffer buffers_[2];
};

}  // namespace heddle
