#pragma once
// What every use of a ring here has in common: opening, submitting, reaping.

#include <liburing.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "method.h"

namespace io_bench {

inline void open_ring(io_uring& ring, unsigned entries, Features const& features) {
  io_uring_params params{};
  if (features.has("defer")) params.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN;
  if (features.has("sqpoll")) params.flags = IORING_SETUP_SQPOLL;
  params.sq_thread_idle = 50;  // Milliseconds that the kernel's thread spins for nothing.
  int const error = io_uring_queue_init_params(entries, &ring, &params);
  if (error < 0) skip(std::string("no such ring here: ") + std::strerror(-error));
}

inline io_uring_sqe* next_sqe(io_uring& ring) {
  io_uring_sqe* sqe = io_uring_get_sqe(&ring);
  // With SQPOLL entries are free only once the kernel's thread has seen them.
  while (sqe == nullptr) {
    io_uring_submit(&ring);
    io_uring_sqring_wait(&ring);
    sqe = io_uring_get_sqe(&ring);
  }
  return sqe;
}

// What it could not take now the kernel leaves where it is, for the next call.
inline void check_entered(int result) {
  if (result < 0 && result != -EINTR && result != -EAGAIN && result != -EBUSY) {
    fail("io_uring_enter", -result);
  }
}

// Calls each(data, result) for all that is there.
template <class Each>
void reap(io_uring& ring, Each each) {
  io_uring_cqe* cqe;
  unsigned head;
  unsigned count = 0;
  io_uring_for_each_cqe(&ring, head, cqe) {
    each(cqe->user_data, cqe->res);
    ++count;
  }
  io_uring_cq_advance(&ring, count);
}

}  // namespace io_bench
