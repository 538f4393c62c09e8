// Within the kernel where it can, else through memory; a part at a time, so that it can be ended.

#include "io/copy.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <limits>

#include "io/blocking.h"
#include "io/bytes.h"

namespace heddle {

namespace {

// Milliseconds, after which an interrupt is seen.
constexpr std::int64_t kPartBytes = 8 * 1024 * 1024;
constexpr std::size_t kBufferBytes = 256 * 1024;

// Makes a system call again for as long as signals end it that are not an interrupt.
template <class Call>
std::int64_t persist(Interruptible const& self, Call call) {
  while (!self.interrupted()) {
    std::int64_t const result = call();
    if (result >= 0) return result;
    if (errno != EINTR) return -errno;
  }
  return -ECANCELED;
}

// What copy_file_range(2) says where it cannot do it between these two files, or not here at all.
bool is_refusal(std::int64_t result) {
  return result == -EXDEV || result == -EINVAL || result == -ENOSYS || result == -EOPNOTSUPP ||
         result == -EPERM || result == -EBADF || result == -ETXTBSY;
}

class Copy {
 public:
  explicit Copy(Interruptible const& self) : self_(self) {}

  std::int64_t run(char const* from, char const* to, int modes) {
    std::int64_t result = open_source(from);
    if (result < 0) return result;
    result = open_target(to, modes);
    if (result >= 0) result = fill(modes);
    close_now(source_);
    if (target_ < 0) return result;
    std::int64_t const closed = close_now(target_);
    if (result >= 0) result = closed;
    if (result < 0 && is_made_) ::unlink(to);
    return std::min<std::int64_t>(result, 0);
  }

 private:
  std::int64_t open_source(char const* from) {
    std::int64_t const opened = persist(self_, [&] { return ::open(from, O_RDONLY | O_CLOEXEC); });
    if (opened < 0) return opened;
    source_ = static_cast<int>(opened);
    std::int64_t result = ::fstat(source_, &facts_) < 0 ? -errno : 0;
    if (result == 0 && S_ISDIR(facts_.st_mode)) result = -EISDIR;
    if (result < 0) close_now(source_);
    return result;
  }

  // Whether it was there is found out by making it: nobody else can come between.
  std::int64_t open_target(char const* to, int modes) {
    int const flags = O_WRONLY | O_CREAT | O_CLOEXEC;
    auto const open = [&](int more) {
      return persist(self_, [&] { return ::open(to, flags | more, facts_.st_mode & 07777); });
    };
    std::int64_t opened = open(O_EXCL);
    is_made_ = opened >= 0;
    if (opened == -EEXIST && (modes & kCopyExclusive) == 0) opened = open(0);
    if (opened < 0) return opened;
    target_ = static_cast<int>(opened);
    return 0;
  }

  std::int64_t fill(int modes) {
    struct stat there;
    if (::fstat(target_, &there) < 0) return -errno;
    if (there.st_dev == facts_.st_dev && there.st_ino == facts_.st_ino) return 0;
    if (S_ISREG(there.st_mode) && ::ftruncate(target_, 0) < 0) return -errno;
    // What is in it counts; some network file systems have no permissions to change.
    if (S_ISREG(there.st_mode) && ::fchmod(target_, facts_.st_mode) < 0 && errno != EPERM) {
      return -errno;
    }
    if ((modes & (kCopyClone | kCopyCloneOnly)) != 0) {
      if (::ioctl(target_, FICLONE, source_) == 0) return 0;
      if ((modes & kCopyCloneOnly) != 0) return -errno;
    }
    // As in Node, nothing is read from pipes and devices, which might never end.
    if (!S_ISREG(facts_.st_mode)) return 0;
    return facts_.st_size > 0 ? by_kernel(facts_.st_size) : by_memory(kUnknown);
  }

  // Not more than the file had: one that grows meanwhile might grow for ever.
  std::int64_t by_kernel(std::int64_t left) {
    while (left > 0) {
      auto const part = static_cast<std::size_t>(std::min(left, kPartBytes));
      std::int64_t const done = persist(self_, [&] {
        return ::copy_file_range(source_, nullptr, target_, nullptr, part, 0);
      });
      // Nothing at all is what some kernels say of files that they cannot copy.
      if (is_refusal(done) || done == 0) return by_memory(left);
      if (done < 0) return done;
      left -= done;
    }
    return 0;
  }

  std::int64_t by_memory(std::int64_t left) {
    Bytes buffer;
    if (!buffer.reserve(kBufferBytes)) return -ENOMEM;
    while (left > 0) {
      auto const part = std::min(left, static_cast<std::int64_t>(kBufferBytes));
      std::int64_t const got = persist(self_, [&] {
        return ::read(source_, buffer.end(), static_cast<std::size_t>(part));
      });
      if (got <= 0) return got;
      std::int64_t const written = write_all(buffer.end(), got);
      if (written < 0) return written;
      left -= got;
    }
    return 0;
  }

  std::int64_t write_all(std::byte const* from, std::int64_t left) {
    while (left > 0) {
      std::int64_t const written = persist(self_, [&] {
        return ::write(target_, from, static_cast<std::size_t>(left));
      });
      if (written < 0) return written;
      from += written;
      left -= written;
    }
    return 0;
  }

  // Of files that do not know, as in /proc: until their end.
  static constexpr std::int64_t kUnknown = std::numeric_limits<std::int64_t>::max();

  Interruptible const& self_;
  int source_ = -1;
  int target_ = -1;
  bool is_made_ = false;
  struct stat facts_ = {};
};

}  // namespace

std::int64_t copy_contents(char const* from, char const* to, int modes, Interruptible const& self) {
  return Copy(self).run(from, to, modes);
}

}  // namespace heddle
