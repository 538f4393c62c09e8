// A ring of pieces: the oldest one is waited for, and asked for anew further on.

#include "io/direct_read.h"

#include <fcntl.h>

#include <algorithm>
#include <cstdio>
#include <cstring>

#include "base/check.h"
#include "io/await.h"
#include "io/blocking.h"
#include "io/buffer_pool.h"
#include "io/canceller.h"

namespace heddle {

namespace {

// 4 MiB on their way: that is what keeps a fast disk busy. A piece is no larger than what the
// reactor begins itself.
constexpr std::size_t kPieceBytes = 256 * 1024;
constexpr std::size_t kPieces = 16;

std::size_t round_up(std::size_t bytes) {
  constexpr std::size_t kMask = DirectRead::kAlignment - 1;
  return (bytes + kMask) & ~kMask;
}

bool is_aligned(std::byte const* data) {
  return reinterpret_cast<std::uintptr_t>(data) % DirectRead::kAlignment == 0;
}

struct Piece {
  Pending operation;
  PooledBuffer bounce;  // Where the memory is not aligned.
  std::byte* into = nullptr;
  std::size_t length = 0;
};

// One read() as it goes on.
struct Run {
  Io& io;
  int fd;
  std::byte* into;
  std::size_t offset;  // Of the next piece to begin.
  std::size_t left;    // To begin.
  bool bounces;
  Piece pieces[kPieces] = {};

  // False: there is no memory.
  bool begin(Piece& piece) {
    piece.length = std::min(left, kPieceBytes);
    piece.into = into;
    if (bounces && piece.bounce.is_empty()) piece.bounce = PooledBuffer::take(kPieceBytes);
    if (bounces && piece.bounce.is_empty()) return false;
    std::byte* const target = bounces ? piece.bounce.data() : into;
    piece.operation.set_read(fd, target, round_up(piece.length), static_cast<std::int64_t>(offset));
    piece.operation.begin(io);
    into += piece.length;
    offset += piece.length;
    left -= piece.length;
    return true;
  }

  // How many bytes of the piece there are, or -errno.
  std::int64_t finish(Piece& piece) {
    std::int64_t const got = piece.operation.finish();
    if (got <= 0) return got;
    std::size_t const count = std::min(static_cast<std::size_t>(got), piece.length);
    if (bounces) std::memcpy(piece.into, piece.bounce.data(), count);
    return static_cast<std::int64_t>(count);
  }

  void give_up() {
    for (Piece& piece : pieces) {
      if (!piece.operation.is_idle()) io.cancel(piece.operation);
    }
    for (Piece& piece : pieces) {
      if (!piece.operation.is_idle()) (void)piece.operation.finish();
    }
  }
};

}  // namespace

bool DirectRead::open(int fd) {
  CHECK(fd_ == -1);
  char path[32];
  std::snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
  fd_ = ::open(path, O_RDONLY | O_DIRECT | O_CLOEXEC);  // What is open needs no disk.
  return fd_ >= 0;
}

void DirectRead::close() {
  if (fd_ >= 0) close_now(fd_);
  fd_ = -1;
}

std::int64_t DirectRead::read(std::byte* into, std::size_t room, std::size_t offset,
                              std::size_t length, Progress* progress) {
  CHECK(fd_ >= 0 && offset % kAlignment == 0);
  bool const bounces = !is_aligned(into) || round_up(length) > room;
  Run run{io_, fd_, into, offset, length, bounces};
  Canceller* const canceller = Fiber::running()->canceller;
  std::size_t done = 0;
  std::int64_t last = 0;
  for (Piece& piece : run.pieces) {
    if (run.left > 0 && !run.begin(piece)) return run.give_up(), -ENOMEM;
  }
  for (std::size_t next = 0; done < length; next = (next + 1) % kPieces) {
    Piece& piece = run.pieces[next];
    last = run.finish(piece);
    if (last < 0) break;
    done += static_cast<std::size_t>(last);
    if (static_cast<std::size_t>(last) < piece.length) break;  // It has ended, or was cut.
    if (progress != nullptr) progress->loaded(offset + done, offset + length);
    if (canceller != nullptr && canceller->is_asked()) {
      last = -ECANCELED;
      break;
    }
    if (run.left > 0) (void)run.begin(piece);  // It has its memory.
  }
  run.give_up();
  return last < 0 ? last : static_cast<std::int64_t>(done);
}

}  // namespace heddle
