#pragma once
// What can be had at once, without waiting for anything: the caches' answers.
//
// Each returns what the system call did, or -EAGAIN where an engine has to do it. They make
// system calls on the calling thread, but none that waits for a disk, a peer or a writer; a
// file system that ignores those wishes (FUSE, NFS) may still make them wait.

#include <sys/stat.h>

#include <cstddef>
#include <cstdint>

namespace heddle {

// The largest read that is tried here: above it the copy alone, some 50 us, would hold up
// whatever else this thread could do.
inline constexpr std::size_t kAttemptBytesMax = 256 * 1024;

struct OpenAttempt {
  // A descriptor, or -errno.
  std::int64_t result;

  // The reading end of a FIFO that opened without waiting for a writer, with result -EAGAIN:
  // await_open() takes it over. Else -1.
  int held = -1;

  // With -EAGAIN: a FIFO that nobody reads, to be written to. It may wait for ever.
  bool waits = false;
};

OpenAttempt attempt_open(char const* path, int flags);

enum class FileKind : std::uint8_t { Regular, Folder, Fifo, Other };

struct FileFacts {
  FileKind kind = FileKind::Other;
  bool seekable = false;  // False for what has no position: a pipe, a terminal, a socket.
  std::size_t size = 0;   // A hint: it may change at once. 0 where it is not known, as in /proc.
};

struct SourceAttempt {
  // A descriptor, or -errno. It is still O_NONBLOCK, which spares cached files a call; it must
  // be made to wait before an engine has it.
  std::int64_t result;
  FileFacts facts;
};

// Opens for reading, and asks what it is. A FIFO is open without a writer: await_open() is to
// take it over.
SourceAttempt attempt_source(char const* path);

// As statx(2) with kFacts.
std::int64_t attempt_facts(char const* path, int at_flags, struct statx& into);

FileFacts facts_of(int fd);

// Any descriptor that attempt_source() has opened.
void make_waiting(int fd);

// Whether the descriptor may have been opened with O_DIRECT.
enum class Direct : bool { No, Perhaps };

// Whether all of a piece of a regular file is cached, found out without reading any of it: a read
// that finds something missing has the kernel read ahead, and make the pages for that, which takes
// milliseconds of the thread that asks. False, too, where the kernel cannot say (before Linux 6.5).
bool is_cached(int fd, std::size_t length, std::int64_t offset);

// May return fewer bytes than there are: those that are cached.
std::int64_t attempt_read(int fd, void* buffer, std::size_t length, std::int64_t offset,
                          Direct direct);

}  // namespace heddle
