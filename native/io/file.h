#pragma once
// Files, for fibers: what is cached is had at once, for the rest the fiber is suspended.
//
// Every function here is called on a fiber, and returns the kernel's own error. After the
// Io has stopped, what would have needed its engine fails with ECANCELED.

#include <sys/types.h>
#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/result.h"
#include "io/io.h"

namespace heddle {

// As open(2), with O_CLOEXEC.
Result<int> open(Io& io, char const* path, int flags, mode_t mode = 0);

// As pread(2), or, with offset -1, as read(2). Fewer bytes than asked for do not mean the
// file's end, as they might be all that was cached: only 0 does.
Result<std::size_t> read(Io& io, int fd, void* buffer, std::size_t length, std::int64_t offset);

// As preadv(2), or, with offset -1, as readv(2): at most IOV_MAX of them.
Result<std::size_t> read_vector(Io& io, int fd, std::span<iovec const> vectors,
                                std::int64_t offset);

// As pwritev(2), or, with offset -1, as writev(2): perhaps not all of it.
Result<std::size_t> write_vector(Io& io, int fd, std::span<iovec const> vectors,
                                 std::int64_t offset);

// As pwrite(2), or, with offset -1, as write(2): all of it, unless it fails.
Result<void> write_all(Io& io, int fd, void const* bytes, std::size_t length, std::int64_t offset);

// As fsync(2), or, with only_data, as fdatasync(2).
Result<void> sync(Io& io, int fd, bool only_data);

// As ftruncate(2).
Result<void> truncate(Io& io, int fd, std::int64_t bytes);

// As close(2). The descriptor is gone also when this fails.
Result<void> close(Io& io, int fd);

// Which call an error is of.
enum class FileCall : std::uint8_t { Open, Read, Write, Sync, Close };

// Opens with these flags and mode, writes, and closes; with `syncs`, not before the disk has it.
Result<void> write_file(Io& io, char const* path, int flags, mode_t mode,
                        std::span<std::byte const> bytes, bool syncs, FileCall* call = nullptr);

}  // namespace heddle
