// Methods that read with an io_uring.
#include "method.h"

#if HAVE_LIBURING

#include "ring_setup.h"

namespace io_bench {
namespace {

class Ring : public Method {
 public:
  Ring(Job const& job, Features const& features)
      : Method(job),
        is_fixed_(features.has("fixed")),
        is_deferred_(features.has("defer")),
        is_async_(features.has("async")) {
    open_ring(ring_, job.depth, features);
    if (is_fixed_) register_all();
  }

  ~Ring() override { io_uring_queue_exit(&ring_); }

  void start(unsigned slot, std::uint64_t offset) override {
    io_uring_sqe* const sqe = next_sqe(ring_);
    int const fd = is_fixed_ ? 0 : job_.fd;
    auto const bytes = unsigned(job_.block);
    if (is_fixed_) {
      io_uring_prep_read_fixed(sqe, fd, job_.slot(slot), bytes, offset, int(slot));
      sqe->flags |= IOSQE_FIXED_FILE;
    } else {
      io_uring_prep_read(sqe, fd, job_.slot(slot), bytes, offset);
    }
    if (is_async_) sqe->flags |= IOSQE_ASYNC;
    io_uring_sqe_set_data64(sqe, slot);
  }

  void flush() override { check_entered(io_uring_submit(&ring_)); }

  void finish(Wait wait, std::vector<unsigned>& done) override {
    if (wait == Wait::One) {
      check_entered(io_uring_submit_and_wait(&ring_, 1));
    } else {
      flush();
      if (is_deferred_) io_uring_get_events(&ring_);  // Else they stay where they are.
    }
    reap(ring_, [&](std::uint64_t slot, int result) {
      if (result != int(job_.block)) fail("a ring's read", result < 0 ? -result : EIO);
      done.push_back(unsigned(slot));
    });
  }

 private:
  void register_all() {
    std::vector<iovec> buffers(job_.slots);
    for (unsigned i = 0; i < job_.slots; ++i) buffers[i] = {job_.slot(i), job_.block};
    int const locked = io_uring_register_buffers(&ring_, buffers.data(), job_.slots);
    if (locked < 0) skip("no memory may be locked for fixed buffers (ulimit -l)");
    int const registered = io_uring_register_files(&ring_, &job_.fd, 1);
    if (registered < 0) fail("io_uring_register_files", -registered);
  }

  bool const is_fixed_;
  bool const is_deferred_;
  bool const is_async_;
  io_uring ring_;
};

}  // namespace

std::unique_ptr<Method> make_ring(Job const& job, Features const& features) {
  return std::make_unique<Ring>(job, features);
}

}  // namespace io_bench

#else

namespace io_bench {

std::unique_ptr<Method> make_ring(Job const&, Features const&) {
  skip("built without liburing");
}

}  // namespace io_bench

#endif
