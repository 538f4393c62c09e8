// What may be asked of a ring: each operation as the kernel's entry for it.

#include "ring/ring.h"

#if HEDDLE_HAVE_LIBURING

#include <fcntl.h>
#include <liburing.h>

#include <algorithm>

#include "base/check.h"
#include "ring/tokens.h"

namespace heddle {

namespace {

// The kernel's own limit for one transfer; beyond it a read is short, whoever makes it.
constexpr std::size_t kTransferMax = 0x7ffff000;

}  // namespace

void Ring::nop(Completion& completion) {
  io_uring_prep_nop(&start(completion));
}

// Always a kernel worker's. Here it would be tried with O_NONBLOCK, with which a FIFO opens
// without waiting for its other end; and whoever comes to a ring to open a file has found
// that the path is not cached, so that the try would fail.
void Ring::openat(Completion& completion, char const* path, int flags, mode_t mode) {
  io_uring_sqe& sqe = start(completion);
  io_uring_prep_openat(&sqe, AT_FDCWD, path, flags | O_CLOEXEC, mode);
  sqe.flags |= IOSQE_ASYNC;
}

void Ring::read(Completion& completion, int fd, void* buffer, std::size_t length,
                std::int64_t offset, Issue issue) {
  io_uring_sqe& sqe = start(completion);
  auto const bytes = static_cast<unsigned>(std::min(length, kTransferMax));
  io_uring_prep_read(&sqe, fd, buffer, bytes, static_cast<std::uint64_t>(offset));
  if (issue == Issue::KernelWorker) sqe.flags |= IOSQE_ASYNC;
}

void Ring::write(Completion& completion, int fd, void const* buffer, std::size_t length,
                 std::int64_t offset, Issue issue) {
  io_uring_sqe& sqe = start(completion);
  auto const bytes = static_cast<unsigned>(std::min(length, kTransferMax));
  io_uring_prep_write(&sqe, fd, buffer, bytes, static_cast<std::uint64_t>(offset));
  if (issue == Issue::KernelWorker) sqe.flags |= IOSQE_ASYNC;
}

// A kernel worker's: they are asked for to move much.

void Ring::read_vector(Completion& completion, int fd, iovec const* vectors, unsigned count,
                       std::int64_t offset) {
  io_uring_sqe& sqe = start(completion);
  io_uring_prep_readv(&sqe, fd, vectors, count, static_cast<std::uint64_t>(offset));
  sqe.flags |= IOSQE_ASYNC;
}

void Ring::write_vector(Completion& completion, int fd, iovec const* vectors, unsigned count,
                        std::int64_t offset) {
  io_uring_sqe& sqe = start(completion);
  io_uring_prep_writev(&sqe, fd, vectors, count, static_cast<std::uint64_t>(offset));
  sqe.flags |= IOSQE_ASYNC;
}

// Those that follow are always a kernel worker's, without our asking.

void Ring::sync(Completion& completion, int fd, bool only_data) {
  io_uring_prep_fsync(&start(completion), fd, only_data ? IORING_FSYNC_DATASYNC : 0);
}

void Ring::facts(Completion& completion, int folder, char const* path, int flags, unsigned mask,
                 struct statx& into) {
  io_uring_prep_statx(&start(completion), folder, path, flags, mask, &into);
}

void Ring::unlink(Completion& completion, char const* path, int flags) {
  io_uring_prep_unlinkat(&start(completion), AT_FDCWD, path, flags);
}

void Ring::rename(Completion& completion, char const* from, char const* to) {
  io_uring_prep_renameat(&start(completion), AT_FDCWD, from, AT_FDCWD, to, 0);
}

void Ring::make_folder(Completion& completion, char const* path, mode_t mode) {
  io_uring_prep_mkdirat(&start(completion), AT_FDCWD, path, mode);
}

void Ring::link(Completion& completion, char const* existing, char const* made) {
  io_uring_prep_linkat(&start(completion), AT_FDCWD, existing, AT_FDCWD, made, 0);
}

void Ring::symbolic_link(Completion& completion, char const* contents, char const* made) {
  io_uring_prep_symlinkat(&start(completion), contents, AT_FDCWD, made);
}

void Ring::close(Completion& completion, int fd) {
  io_uring_prep_close(&start(completion), fd);
}

void Ring::poll(Completion& completion, int fd, unsigned events) {
  io_uring_prep_poll_add(&start(completion), fd, events);
}

void Ring::cancel(Token token) {
  io_uring_sqe& sqe = next_entry();
  auto const target = static_cast<std::uint64_t>(token);
  io_uring_prep_cancel64(&sqe, target, 0);
  io_uring_sqe_set_data64(&sqe, target | kCancelMark);
  if (Completion* const completion = slots_.find(token)) note_missed(*completion, false);
}

// The next entry, named after a slot for `completion`.
io_uring_sqe& Ring::start(Completion& completion) {
  DCHECK(completion.complete != nullptr);
  io_uring_sqe& sqe = next_entry();  // First: it may reap, and so free slots.
  completion.token = slots_.take(completion);
  completion.missed = false;
  io_uring_sqe_set_data64(&sqe, static_cast<std::uint64_t>(completion.token));
  return sqe;
}

// A free entry of the submission queue, after handing over what fills it.
io_uring_sqe& Ring::next_entry() {
  while (true) {
    if (io_uring_sqe* const sqe = io_uring_get_sqe(ring_.get())) return *sqe;
    submit(Wait::No);
    reap();  // What keeps the kernel from taking more is completions it cannot deliver.
  }
}

}  // namespace heddle

#endif
