// The system calls behind the blocking pool.

#include "io/blocking.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/check.h"
#include "io/copy.h"
#include "io/folder.h"
#include "io/populate.h"

namespace heddle {

namespace {

std::int64_t result_of(std::int64_t returned) {
  return returned < 0 ? -errno : returned;
}

std::int64_t transfer(Operation const& operation) {
  auto const* const vectors = static_cast<iovec const*>(operation.buffer);
  auto const count = static_cast<int>(operation.length);
  bool const here = operation.offset == -1;
  if (operation.code == OperationCode::ReadVector) {
    return here ? ::readv(operation.fd, vectors, count)
                : ::preadv(operation.fd, vectors, count, operation.offset);
  }
  return here ? ::writev(operation.fd, vectors, count)
              : ::pwritev(operation.fd, vectors, count, operation.offset);
}

std::int64_t call(Operation const& operation, Interruptible const& self) {
  switch (operation.code) {
    case OperationCode::Nop:
      return 0;
    case OperationCode::Open:
      return result_of(::open(operation.path, operation.flags | O_CLOEXEC, operation.mode));
    case OperationCode::Read:
      return result_of(
          operation.offset == -1
              ? ::read(operation.fd, operation.buffer, operation.length)
              : ::pread(operation.fd, operation.buffer, operation.length, operation.offset));
    case OperationCode::Write:
      return result_of(
          operation.offset == -1
              ? ::write(operation.fd, operation.buffer, operation.length)
              : ::pwrite(operation.fd, operation.buffer, operation.length, operation.offset));
    case OperationCode::ReadVector:
    case OperationCode::WriteVector:
      return result_of(transfer(operation));
    case OperationCode::Sync:
      return result_of(operation.flags != 0 ? ::fdatasync(operation.fd) : ::fsync(operation.fd));
    case OperationCode::Facts:
      return result_of(::statx(operation.fd, operation.path, operation.flags, kFacts,
                               static_cast<struct statx*>(operation.buffer)));
    case OperationCode::Unlink:
      return result_of(::unlinkat(AT_FDCWD, operation.path, operation.flags));
    case OperationCode::Rename:
      return result_of(::rename(operation.path, operation.second));
    case OperationCode::MakeFolder:
      return result_of(::mkdir(operation.path, operation.mode));
    case OperationCode::Link:
      return result_of(::link(operation.path, operation.second));
    case OperationCode::SymbolicLink:
      return result_of(::symlink(operation.path, operation.second));
    case OperationCode::Truncate:
      return result_of(::ftruncate(operation.fd, operation.offset));
    case OperationCode::Copy:
      return copy_contents(operation.path, operation.second, operation.flags, self);
    case OperationCode::ReadFolder:
      return list_folder(operation.path, Entries(operation.flags),
                         *static_cast<Bytes*>(operation.buffer), self);
    case OperationCode::Access:
      return result_of(::faccessat(AT_FDCWD, operation.path, operation.flags, 0));
    case OperationCode::Populate:
      return populate(static_cast<std::byte*>(operation.buffer), operation.length, self);
    case OperationCode::Unmap:
      return result_of(::munmap(operation.buffer, operation.length));
    case OperationCode::Close:
      return close_now(operation.fd);
    case OperationCode::Poll:
    case OperationCode::Timer:
      break;
  }
  CHECK(false);  // Io gives it to the poller.
  return -EINVAL;
}

// Of a pipe, a socket, a terminal nobody knows when it will answer.
bool is_on_disk(struct stat const& status) {
  return S_ISREG(status.st_mode) || S_ISDIR(status.st_mode) || S_ISBLK(status.st_mode);
}

// Nobody has to come for it to be opened.
bool opens_by_itself(char const* path) {
  struct stat status;
  return stat(path, &status) != 0 || is_on_disk(status);
}

}  // namespace

bool ends_by_itself(Operation const& operation) {
  struct stat status;
  switch (operation.code) {
    case OperationCode::Open:
      if ((operation.flags & (O_NONBLOCK | O_PATH)) != 0) return true;
      return opens_by_itself(operation.path);
    case OperationCode::Copy:
      return opens_by_itself(operation.path) && opens_by_itself(operation.second);
    case OperationCode::Read:
    case OperationCode::Write:
    case OperationCode::ReadVector:
    case OperationCode::WriteVector:
      return fstat(operation.fd, &status) != 0 || is_on_disk(status);
    default:
      return true;
  }
}

std::int64_t perform(Operation const& operation, Interruptible const& self) {
  while (!self.interrupted()) {
    std::int64_t const result = call(operation, self);
    // EINTR without an interrupt: a signal for the call before this one.
    if (result != -EINTR) return result;
  }
  return -ECANCELED;
}

std::int64_t close_now(int fd) {
  // On Linux the descriptor is closed also when EINTR says that something was not finished;
  // to close again could hit another thread's new file.
  if (::close(fd) == 0 || errno == EINTR) return 0;
  return -errno;
}

}  // namespace heddle
