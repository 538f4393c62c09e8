// Small files by a ring: a chain of open, read and close for each, the descriptor never leaving it.
#include "small_files.h"

#if HAVE_LIBURING

#include <fcntl.h>

#include "ring_setup.h"

namespace io_bench {
namespace {

constexpr std::size_t kBuffer = 2 * kSmallBytesMax;

enum Step : std::uint64_t { Open, Read, Close, Steps };

class Chains {
 public:
  Chains(std::vector<std::string> const& paths, unsigned depth)
      : paths_(paths), memory_(make_memory(depth * kBuffer)), numbers_(depth) {
    open_ring(ring_, depth * Steps, Features("ring+defer"));
    int const error = io_uring_register_files_sparse(&ring_, depth);
    if (error < 0) skip("no table of descriptors in a ring here");
  }

  ~Chains() { io_uring_queue_exit(&ring_); }

  void run() {
    for (unsigned slot = 0; slot < numbers_.size() && next_ < paths_.size(); ++slot) start(slot);
    while (finished_ < paths_.size()) {
      check_entered(io_uring_submit_and_wait(&ring_, 1));
      reap(ring_, [&](std::uint64_t data, int result) { finish(data, result); });
    }
  }

 private:
  std::byte* buffer(unsigned slot) const { return memory_.get() + slot * kBuffer; }

  void start(unsigned slot) {
    numbers_[slot] = next_++;
    char const* const path = paths_[numbers_[slot]].c_str();
    io_uring_sqe* sqe = next_sqe(ring_);
    io_uring_prep_openat_direct(sqe, AT_FDCWD, path, O_RDONLY, 0, slot);
    finish_entry(sqe, slot, Open, IOSQE_IO_LINK);
    sqe = next_sqe(ring_);
    io_uring_prep_read(sqe, int(slot), buffer(slot), kBuffer, 0);
    // A short read breaks a chain, but not a hard link of it.
    finish_entry(sqe, slot, Read, IOSQE_FIXED_FILE | IOSQE_IO_HARDLINK);
    sqe = next_sqe(ring_);
    io_uring_prep_close_direct(sqe, slot);
    finish_entry(sqe, slot, Close, 0);
  }

  static void finish_entry(io_uring_sqe* sqe, unsigned slot, Step step, unsigned flags) {
    sqe->flags |= std::uint8_t(flags);
    io_uring_sqe_set_data64(sqe, slot * Steps + step);
  }

  void finish(std::uint64_t data, int result) {
    auto const slot = unsigned(data / Steps);
    auto const step = Step(data % Steps);
    if (result < 0) fail("a ring's chain", -result);
    if (step == Read) verify_small(buffer(slot), result, numbers_[slot]);
    if (step != Close) return;
    ++finished_;
    if (next_ < paths_.size()) start(slot);
  }

  std::vector<std::string> const& paths_;
  Memory memory_;
  std::vector<unsigned> numbers_;  // Which file a slot is at.
  unsigned next_ = 0;
  unsigned finished_ = 0;
  io_uring ring_;
};

}  // namespace

void read_small_by_ring(std::vector<std::string> const& paths, unsigned depth) {
  Chains(paths, depth).run();
}

}  // namespace io_bench

#else

namespace io_bench {

void read_small_by_ring(std::vector<std::string> const&, unsigned) {
  skip("built without liburing");
}

}  // namespace io_bench

#endif
