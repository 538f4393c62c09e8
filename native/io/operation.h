#pragma once
// One piece of I/O: what to do, what came of it, and whom to tell.
//
// The caller owns it, fills it in by one of the set_ functions and submits it to an Io. No
// engine allocates for it.
//
// Rules, cited below by name:
//   O1  An operation stays where it is, with its buffer and its path, from submit() until
//       `done` is called, exactly once, whatever happens in between: cancelled, failed,
//       stopped or refused. Nothing writes to the buffer after that.
//   O2  `done` is the engine's last touch. By the time it returns, the operation may be gone.
//   O3  `done` runs on the engine's thread, or inside submit() or stop() on the caller's. It
//       must be quick, and it neither blocks nor stops the engine. It may submit and cancel.
//   O4  Cancelling only asks, at any time after the set_ function. The operation ends with
//       -ECANCELED, or with its true result if that came first. A close is never cancelled:
//       its descriptor would leak.

#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>

#include "base/atomic.h"
#include "ring/ring.h"

namespace heddle {

class Backend;
class Bytes;
class Fiber;
enum class Entries : std::uint8_t;

enum class OperationCode : std::uint8_t {
  Nop,
  Open,
  Read,
  Write,
  Sync,
  Facts,  // statx(2)
  Close,
  Poll,
  Unlink,
  Rename,
  MakeFolder,
  Link,
  SymbolicLink,
  Truncate,  // By threads only: see needs_thread()
  Timer,
  ReadVector,
  WriteVector,
  Copy,  // By threads only, as is all that follows
  ReadFolder,
  Access,
  Populate,
  Unmap,
};

// What no ring does: rings learn ftruncate(2) from Linux 6.9 on, and liburing from 2.6 on. The
// others they do not know at all.
inline constexpr bool needs_thread(OperationCode code) {
  return code == OperationCode::Truncate || code == OperationCode::Copy ||
         code == OperationCode::ReadFolder || code == OperationCode::Access ||
         code == OperationCode::Populate || code == OperationCode::Unmap;
}

// What only waits for others, and for which a thread of its own would be one too many.
inline constexpr bool only_waits(OperationCode code) {
  return code == OperationCode::Poll || code == OperationCode::Timer;
}

// What Facts asks for.
inline constexpr unsigned kFacts = STATX_BASIC_STATS | STATX_BTIME;

struct Operation : Completion {
  // Both engines' lists. The caller's again once `done` is called.
  Operation* next = nullptr;

  Operation* child = nullptr;  // Of a timer, while it waits: timer_heap.h.

  // What the system call returned, or -errno. Valid from the call of `done` on.
  std::int64_t result = 0;

  // Tells the caller (O1 to O3). Returns the fiber to resume, or null: the engine resumes
  // all the fibers of a batch with one call.
  Fiber* (*done)(Operation& self) = nullptr;

  OperationCode code = OperationCode::Nop;
  int fd = -1;
  int flags = 0;  // As the system call has them; to Open's, O_CLOEXEC is added.
  mode_t mode = 0;
  char const* path = nullptr;
  char const* second = nullptr;  // The new name, or the link's.
  void* buffer = nullptr;
  std::size_t length = 0;
  std::int64_t offset = -1;  // -1: the descriptor's own position.

  // It is not for a ring: see needs_thread(). A transfer at a position that others move, too: the
  // kernel lets them take turns only where it is read(2) or write(2); in a ring two begin at the
  // same place, and one cut short is not counted. An open of a FIFO: each takes one of the kernel's
  // few workers, and with all of them gone nothing else is opened.
  bool wants_thread = false;

  // The engine's: who has it, whether an end was asked for, and whether it has passed that on.
  Backend* engine = nullptr;
  Atomic<bool> cancel_asked{false};
  bool cancel_sent = false;

  void set_nop() { set(OperationCode::Nop); }

  void set_open(char const* what, int open_flags, mode_t create_mode) {
    set(OperationCode::Open);
    path = what;
    flags = open_flags;
    mode = create_mode;
  }

  void set_read(int from, void* into, std::size_t bytes, std::int64_t at) {
    set(OperationCode::Read);
    fd = from;
    buffer = into;
    length = bytes;
    offset = at;
  }

  void set_write(int to, void const* from, std::size_t bytes, std::int64_t at) {
    set(OperationCode::Write);
    fd = to;
    buffer = const_cast<void*>(from);  // Which nobody writes to.
    length = bytes;
    offset = at;
  }

  // With IORING_FSYNC_DATASYNC's meaning: only what reading needs.
  void set_sync(int what, bool only_data) {
    set(OperationCode::Sync);
    fd = what;
    flags = only_data ? 1 : 0;
  }

  // Of `what`, or of the descriptor with AT_EMPTY_PATH and "".
  void set_facts(int folder, char const* what, int at_flags, struct statx& into) {
    set(OperationCode::Facts);
    fd = folder;
    path = what;
    flags = at_flags;
    buffer = &into;
  }

  // AT_REMOVEDIR: of a folder.
  void set_unlink(char const* what, int at_flags) {
    set(OperationCode::Unlink);
    path = what;
    flags = at_flags;
  }

  void set_rename(char const* from, char const* to) {
    set(OperationCode::Rename);
    path = from;
    second = to;
  }

  void set_make_folder(char const* what, mode_t folder_mode) {
    set(OperationCode::MakeFolder);
    path = what;
    mode = folder_mode;
  }

  void set_link(char const* existing, char const* made) {
    set(OperationCode::Link);
    path = existing;
    second = made;
  }

  // `contents` is what the link says.
  void set_symbolic_link(char const* contents, char const* made) {
    set(OperationCode::SymbolicLink);
    path = contents;
    second = made;
  }

  // Both: `vectors` stays where it is as the buffers do.
  void set_read_vector(int from, iovec const* vectors, std::size_t count, std::int64_t at) {
    set_read(from, const_cast<iovec*>(vectors), count, at);
    code = OperationCode::ReadVector;
  }

  void set_write_vector(int to, iovec const* vectors, std::size_t count, std::int64_t at) {
    set_write(to, vectors, count, at);
    code = OperationCode::WriteVector;
  }

  void set_truncate(int what, std::int64_t bytes) {
    set(OperationCode::Truncate);
    fd = what;
    offset = bytes;
  }

  // With copy.h's modes.
  void set_copy(char const* from, char const* to, int modes) {
    set(OperationCode::Copy);
    path = from;
    second = to;
    flags = modes;
  }

  // Appends what list_folder() does.
  void set_read_folder(char const* what, Entries wanted, Bytes& into) {
    set(OperationCode::ReadFolder);
    path = what;
    flags = static_cast<int>(wanted);
    buffer = &into;
  }

  // Whether whoever runs this process may: access(2)'s R_OK, W_OK, X_OK, or F_OK.
  void set_access(char const* what, int wanted) {
    set(OperationCode::Access);
    path = what;
    flags = wanted;
  }

  // As populate.h says.
  void set_populate(void* begin, std::size_t bytes) {
    set(OperationCode::Populate);
    buffer = begin;
    length = bytes;
  }

  void set_unmap(void* begin, std::size_t bytes) {
    set(OperationCode::Unmap);
    buffer = begin;
    length = bytes;
  }

  void set_close(int what) {
    set(OperationCode::Close);
    fd = what;
  }

  // Done, with 0, when now_ns() has reached the deadline.
  void set_timer(std::uint64_t deadline_ns) {
    set(OperationCode::Timer);
    offset = static_cast<std::int64_t>(deadline_ns);
  }

  // For `events`, as in poll(2), which the result then has one of.
  void set_poll(int what, int events) {
    set(OperationCode::Poll);
    fd = what;
    flags = events;
  }

 private:
  void set(OperationCode what) {
    code = what;
    cancel_asked.store(false, relaxed);
  }
};

}  // namespace heddle
