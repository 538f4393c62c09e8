// Each call first by what is cached, then by the engine.

#include "io/file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

#include "base/check.h"
#include "io/attempt.h"
#include "io/await.h"
#include "io/blocking.h"

namespace heddle {

namespace {

Errno error_of(std::int64_t result) {
  return Errno{static_cast<int>(-result)};
}

// A ring that could write but a part, as on a disk that is full, leaves the file's own position
// where it was (Linux 6.18), and what comes next would be written over it. Where a file is only
// appended to, the position is of no account.
void go_on_at(int fd, std::int64_t position) {
  bool const appends = (fcntl(fd, F_GETFL) & O_APPEND) != 0;
  if (!appends) lseek(fd, position, SEEK_SET);
}

}  // namespace

Result<int> open(Io& io, char const* path, int flags, mode_t mode) {
  OpenAttempt const attempt = attempt_open(path, flags);
  std::int64_t result = attempt.result;
  if (result == -EAGAIN) {
    result = await_open(io, path, flags, mode, attempt);
  } else {
    io.count_inline_hit();
  }
  if (result < 0) return error_of(result);
  return static_cast<int>(result);
}

Result<std::size_t> read(Io& io, int fd, void* buffer, std::size_t length, std::int64_t offset) {
  std::int64_t result = attempt_read(fd, buffer, length, offset, Direct::Perhaps);
  if (result == -EAGAIN) {
    result = await_read(io, fd, buffer, length, offset);
  } else {
    io.count_inline_hit();
  }
  if (result < 0) return error_of(result);
  return static_cast<std::size_t>(result);
}

Result<void> write_all(Io& io, int fd, void const* bytes, std::size_t length, std::int64_t offset) {
  auto const* from = static_cast<std::byte const*>(bytes);
  while (length > 0) {
    std::int64_t const begin = offset < 0 ? lseek(fd, 0, SEEK_CUR) : -1;
    Awaited operation;
    operation.set_write(fd, from, length, offset);
    std::int64_t const written = operation.run(io);
    if (written < 0) return error_of(written);
    from += written;
    length -= static_cast<std::size_t>(written);
    if (offset >= 0) offset += written;
    if (begin >= 0 && length > 0) go_on_at(fd, begin + written);
  }
  return {};
}

Result<std::size_t> read_vector(Io& io, int fd, std::span<iovec const> vectors,
                                std::int64_t offset) {
  Awaited operation;
  operation.set_read_vector(fd, vectors.data(), vectors.size(), offset);
  std::int64_t const got = operation.run(io);
  if (got < 0) return error_of(got);
  return static_cast<std::size_t>(got);
}

Result<std::size_t> write_vector(Io& io, int fd, std::span<iovec const> vectors,
                                 std::int64_t offset) {
  Awaited operation;
  operation.set_write_vector(fd, vectors.data(), vectors.size(), offset);
  std::int64_t const written = operation.run(io);
  if (written < 0) return error_of(written);
  return static_cast<std::size_t>(written);
}

Result<void> sync(Io& io, int fd, bool only_data) {
  Awaited operation;
  operation.set_sync(fd, only_data);
  return operation.finish(io);
}

Result<void> truncate(Io& io, int fd, std::int64_t bytes) {
  Awaited operation;
  operation.set_truncate(fd, bytes);
  return operation.finish(io);
}

Result<void> close(Io& io, int fd) {
  int const flags = fcntl(fd, F_GETFL);
  if (flags < 0) return last_error();
  std::int64_t result;
  if ((flags & O_ACCMODE) == O_RDONLY) {
    result = close_now(fd);
    io.count_inline_hit();
  } else {
    result = await_close(io, fd);
  }
  if (result < 0) return error_of(result);
  return {};
}

Result<void> write_file(Io& io, char const* path, int flags, mode_t mode,
                        std::span<std::byte const> bytes, bool syncs, FileCall* call) {
  FileCall ignored;
  FileCall& now = call != nullptr ? *call : ignored;
  now = FileCall::Open;
  Result<int> const opened = open(io, path, flags, mode);
  if (!opened.ok()) return opened.error();
  int const fd = opened.value();
  now = FileCall::Write;
  Result<void> result = write_all(io, fd, bytes.data(), bytes.size(), -1);
  if (result.ok() && syncs) {
    now = FileCall::Sync;
    result = sync(io, fd, false);
  }
  Result<void> const closed = close(io, fd);
  if (!result.ok() || closed.ok()) return result;
  now = FileCall::Close;
  return closed;
}

}  // namespace heddle
