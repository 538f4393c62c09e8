// Two buffers: one with the caller, the other with the engine.

#include "io/file_stream.h"

#include <algorithm>
#include <new>

#include "base/check.h"

namespace heddle {

Result<void> FileStream::open(char const* path, Only only) {
  close();
  reads_ahead_ = false;
  return source_.open(path, only);
}

Result<std::span<std::byte const>> FileStream::next() {
  if (source_.at_end()) return std::span<std::byte const>();
  std::int64_t const got = fetch();
  if (got < 0) return Errno{static_cast<int>(-got)};
  if (reads_ahead_ && !source_.at_end()) read_ahead();
  return std::span<std::byte const>(buffers_[current_].bytes.get(), static_cast<std::size_t>(got));
}

void FileStream::close() {
  if (!ahead_.is_idle()) {
    io_.cancel(ahead_);
    ahead_.finish();
  }
  source_.close();
}

// How much the next read asks for: to the expected end and a byte more, which shows it to be
// the end, but no more than a chunk.
std::size_t FileStream::wanted() const {
  std::size_t const room = source_.expected_room();
  return room > 0 ? std::min(room, kChunkBytes) : kChunkBytes;
}

// False when there is no memory.
bool FileStream::grow(Buffer& buffer, std::size_t bytes) {
  if (buffer.capacity >= bytes) return true;
  buffer.bytes.reset(new (std::nothrow) std::byte[bytes]);
  buffer.capacity = buffer.bytes == nullptr ? 0 : bytes;
  return buffer.capacity > 0;
}

// Makes the next chunk current; returns how many bytes it has, or -errno.
std::int64_t FileStream::fetch() {
  if (!ahead_.is_idle()) {
    std::int64_t const got = ahead_.finish();
    current_ ^= 1;
    source_.advance(asked_, got);
    if (got != -EINTR) return got;
  }
  std::size_t const asked = wanted();
  Buffer& buffer = buffers_[current_];
  if (!grow(buffer, asked)) return -ENOMEM;
  std::int64_t const got = source_.read_cached(buffer.bytes.get(), asked);
  if (got != -EAGAIN) return got;
  reads_ahead_ = true;
  return source_.read(buffer.bytes.get(), asked);
}

// Without memory for a second buffer there is no reading ahead, and nothing else is lost.
void FileStream::read_ahead() {
  asked_ = wanted();
  Buffer& other = buffers_[current_ ^ 1];
  if (!grow(other, asked_)) return;
  source_.prepare(ahead_, other.bytes.get(), asked_);
  ahead_.begin(io_);
}

}  // namespace heddle
