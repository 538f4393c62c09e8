// openat2 with RESOLVE_CACHED, preadv2 with RWF_NOWAIT, and what they do not promise.

#include "io/attempt.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/atomic.h"
#include "base/check.h"
#include "io/operation.h"

namespace heddle {

namespace {

// A call that this kernel has not is not tried again.
Atomic<bool> no_openat2{false};
Atomic<bool> no_preadv2{false};
Atomic<bool> no_cachestat{false};

// Needs the disk whatever is cached; the kernel says EAGAIN to these in any case.
bool creates(int flags) {
  return (flags & (O_CREAT | O_TRUNC)) != 0 || (flags & O_TMPFILE) == O_TMPFILE;
}

// Errors that are the answer. Any other may come from our flags: EPERM from an old seccomp
// filter, EINVAL from a kernel that knows openat2 but not RESOLVE_CACHED, ENXIO from a FIFO
// without a reader. An engine asks again, without them.
bool is_answer(int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
    case EACCES:
    case EISDIR:
    case ELOOP:
    case ENAMETOOLONG:
      return true;
    default:
      return false;
  }
}

// A descriptor, or -errno. O_NONBLOCK: a FIFO would wait for its other end, a line for its carrier.
std::int64_t open_cached(char const* path, int flags, int also = O_NONBLOCK) {
  if (no_openat2.load(relaxed)) return -EAGAIN;
  open_how how = {};
  how.flags = static_cast<std::uint64_t>(flags | O_CLOEXEC | also);
  how.resolve = RESOLVE_CACHED;
  long const fd = syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));
  if (fd >= 0) return fd;
  if (errno == ENOSYS) no_openat2.store(true, relaxed);
  return is_answer(errno) || errno == ENXIO ? -errno : -EAGAIN;
}

FileKind kind_of(mode_t mode) {
  if (S_ISREG(mode)) return FileKind::Regular;
  if (S_ISDIR(mode)) return FileKind::Folder;
  return S_ISFIFO(mode) ? FileKind::Fifo : FileKind::Other;
}

// An O_DIRECT read waits for the disk, RWF_NOWAIT or not. It also has to be of whole blocks,
// so all others are spared the question.
bool is_direct(int fd, std::size_t length, std::int64_t offset) {
  constexpr std::size_t kBlock = 512;
  bool const whole = length % kBlock == 0 &&
                     (offset == -1 || static_cast<std::size_t>(offset) % kBlock == 0);
  return whole && (fcntl(fd, F_GETFL) & O_DIRECT) != 0;
}

}  // namespace

OpenAttempt attempt_open(char const* path, int flags) {
  if (creates(flags)) return {-EAGAIN};
  std::int64_t const opened = open_cached(path, flags);
  // Also of a socket, which has no way to be opened: an engine says so.
  if (opened == -ENXIO) return {.result = -EAGAIN, .waits = true};
  if (opened < 0 || (flags & O_NONBLOCK) != 0) return {opened};
  auto const fd = static_cast<int>(opened);
  // To write, a FIFO has opened only if it has a reader, and would not have waited then.
  bool const reads = (flags & O_ACCMODE) == O_RDONLY;
  if (reads && facts_of(fd).kind == FileKind::Fifo) return {.result = -EAGAIN, .held = fd};
  // Left on it would make a ring's reads fail where a file system cannot read without waiting.
  CHECK(fcntl(fd, F_SETFL, flags) == 0);
  return {opened};
}

SourceAttempt attempt_source(char const* path) {
  std::int64_t const opened = open_cached(path, O_RDONLY);
  if (opened == -ENXIO) return {-EAGAIN, {}};
  if (opened < 0) return {opened, {}};
  return {opened, facts_of(static_cast<int>(opened))};
}

std::int64_t attempt_facts(char const* path, int at_flags, struct statx& into) {
  int const link = (at_flags & AT_SYMLINK_NOFOLLOW) != 0 ? O_NOFOLLOW : 0;
  std::int64_t const fd = open_cached(path, O_PATH | link, 0);
  if (fd < 0) return fd;
  int const failed = statx(static_cast<int>(fd), "", AT_EMPTY_PATH, kFacts, &into);
  std::int64_t const result = failed != 0 ? -errno : 0;
  ::close(static_cast<int>(fd));
  return result;
}

FileFacts facts_of(int fd) {
  struct stat found;
  if (fstat(fd, &found) != 0) return {};
  FileKind const kind = kind_of(found.st_mode);
  bool const regular = kind == FileKind::Regular;
  bool const seekable = regular || lseek(fd, 0, SEEK_CUR) >= 0 || errno != ESPIPE;
  return {kind, seekable, regular ? static_cast<std::size_t>(found.st_size) : 0};
}

bool is_cached(int fd, std::size_t length, std::int64_t offset) {
  constexpr long kCachestat =
      451;  // Its number everywhere; younger than the headers we build with.
  constexpr std::uint64_t kPage = 4096;
  struct Range {
    std::uint64_t offset, length;
  };
  struct Found {
    std::uint64_t cached, dirty, written_back, evicted, recently_evicted;
  };
  if (no_cachestat.load(relaxed)) return false;
  if (offset == -1) offset = lseek(fd, 0, SEEK_CUR);
  struct stat facts;
  if (offset < 0 || fstat(fd, &facts) != 0) return false;
  auto const begin = static_cast<std::uint64_t>(offset);
  std::uint64_t const end = std::min(begin + length, static_cast<std::uint64_t>(facts.st_size));
  if (begin >= end) return true;
  Range const range{begin, end - begin};
  Found found = {};
  if (syscall(kCachestat, fd, &range, &found, 0) != 0) {
    if (errno == ENOSYS) no_cachestat.store(true, relaxed);
    return false;
  }
  return found.cached >= (end - 1) / kPage - begin / kPage + 1;
}

void make_waiting(int fd) {
  CHECK(fcntl(fd, F_SETFL, O_RDONLY) == 0);
}

// Whatever fails here, an engine does again: its word counts.
std::int64_t attempt_read(int fd, void* buffer, std::size_t length, std::int64_t offset,
                          Direct direct) {
  if (length > kAttemptBytesMax || no_preadv2.load(relaxed)) return -EAGAIN;
  if (direct == Direct::Perhaps && is_direct(fd, length, offset)) return -EAGAIN;
  iovec const vector{buffer, length};
  ssize_t got;
  do {
    got = preadv2(fd, &vector, 1, offset, RWF_NOWAIT);
  } while (got < 0 && errno == EINTR);
  if (got >= 0) return got;
  // EOPNOTSUPP is about this file, and not remembered.
  if (errno == ENOSYS) no_preadv2.store(true, relaxed);
  return -EAGAIN;
}

}  // namespace heddle
