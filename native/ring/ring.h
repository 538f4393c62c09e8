#pragma once
// One io_uring: operations go in, completions come out. Knows callbacks, never fibers.
//
// Rules, cited below by name:
//   R1  One thread. Any thread may open the ring; the one that enables it makes every later
//       call on it, but for wake(), which is anyone's.
//   R2  A Completion belongs to the caller and stays where it is from the call that starts
//       the operation until its `complete` has been called, exactly once. So do the buffer
//       and the path that the operation names.
//   R3  `complete` only notes the result. It never calls the ring, so reap() cannot recurse
//       and its stack use is bounded.
//   R4  The kernel is told a slot and its generation, never a pointer. A completion whose
//       generation has passed is counted as stale and otherwise ignored.
//   R5  Memory that the kernel may write outlives the kernel's interest in it: a ring is
//       destroyed only when nothing is in flight, the read of its own wake-up included.
//
// The kernel is the other thread here: it owns sq.head and cq.tail, we own sq.tail and
// cq.head, and liburing makes each of the four a release store paired with an acquire load.

#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "ring/slots.h"

struct io_uring;
struct io_uring_params;
struct io_uring_sqe;

namespace heddle {

struct Completion {
  // `result` is what the system call would have returned, or -errno.
  void (*complete)(Completion& self, std::int32_t result) = nullptr;

  // The ring's: names the operation while it is in flight; whether its last cancel missed it.
  Token token{};
  bool missed = false;
};

enum class Wait : bool { No, One };

inline constexpr std::uint64_t kNoDeadline = ~std::uint64_t{0};

// Whether the kernel first tries an operation on our thread, which is cheapest where it
// will not have to wait, or hands it to a worker of its own at once.
enum class Issue : bool { Here, KernelWorker };

struct RingOptions {
  // Of the submission queue: how many operations one system call can start. Halved for as
  // long as the kernel answers ENOMEM, which it does when locked memory is short.
  unsigned entries = 256;

  // The completion queue holds twice the entries; what is beyond waits in the kernel's own
  // memory. 4,096 operations are 64 KiB of slots here and about 1 MiB there.
  unsigned in_flight_max = 4096;

  // For tests: stands in for io_uring_queue_init_params. Null: the real one.
  int (*queue_init)(unsigned entries, io_uring* ring, io_uring_params* params) = nullptr;
};

class Ring {
 public:
  // Fails with what io_uring_setup said (ENOSYS, EPERM, ENOMEM, …), or with EOPNOTSUPP where
  // there is an io_uring that lacks an operation or a promise we need. Any thread.
  static Result<std::unique_ptr<Ring>> open(RingOptions const& options);

  ~Ring();  // Nothing may be in flight (R5): see quiesce().
  Ring(Ring const&) = delete;
  Ring& operator=(Ring const&) = delete;

  // Makes the calling thread the ring's (R1). Once, before anything below.
  void enable();

  // Each starts an operation with the next enter(). Only when not full(). Where the submission
  // queue has no room they hand it over and reap, so any `complete` may be called.
  void nop(Completion& completion);
  void openat(Completion& completion, char const* path, int flags, mode_t mode);
  void read(Completion& completion, int fd, void* buffer, std::size_t length, std::int64_t offset,
            Issue issue);
  void write(Completion& completion, int fd, void const* buffer, std::size_t length,
             std::int64_t offset, Issue issue);
  void read_vector(Completion& completion, int fd, iovec const* vectors, unsigned count,
                   std::int64_t offset);
  void write_vector(Completion& completion, int fd, iovec const* vectors, unsigned count,
                    std::int64_t offset);
  void sync(Completion& completion, int fd, bool only_data);
  void facts(Completion& completion, int folder, char const* path, int flags, unsigned mask,
             struct statx& into);
  void unlink(Completion& completion, char const* path, int flags);
  void rename(Completion& completion, char const* from, char const* to);
  void make_folder(Completion& completion, char const* path, mode_t mode);
  void link(Completion& completion, char const* existing, char const* made);
  void symbolic_link(Completion& completion, char const* contents, char const* made);
  void close(Completion& completion, int fd);
  void poll(Completion& completion, int fd, unsigned events);  // Once; `events` as in poll(2).

  // Asks the kernel to give up an operation that is in flight. It still completes once, with
  // -ECANCELED, with -EINTR or -ERESTARTSYS where a kernel worker was interrupted in it, or
  // with its result if that came first. An operation that has completed is left alone (R4).
  // May reap, as above.
  //
  // A cancel can miss: a disk that is at work cannot be stopped, and a kernel worker that is
  // just putting its read of a pipe down to be polled for does not notice that it was told
  // to give it up (Linux 6.18). So whoever insists asks again, after a while, as long as some
  // operation is `missed`.
  void cancel(Token token);
  unsigned missed() const { return missed_; }

  // Hands every started operation to the kernel and runs what the kernel has for us; with
  // Wait::One, sleeps until there is something to reap, somebody calls wake(), or now_ns() has
  // reached the deadline. May return early, for a signal or a lack of room: call reap(), then
  // enter() again.
  void enter(Wait wait, std::uint64_t deadline_ns = kNoDeadline);

  // Calls `complete` for every completion that is ready. Returns for how many.
  unsigned reap();

  // Makes the enter(Wait::One) that sleeps now, or else the next one, return. Any thread.
  void wake();

  // Waits until the kernel has let go of the ring's own memory (R5). Only when nothing of
  // the caller's is in flight.
  void quiesce();

  unsigned in_flight() const { return slots_.used(); }
  bool full() const { return slots_.full(); }
  std::uint64_t stale() const { return stale_; }

  // Calls visit(completion) for everything in flight; `visit` may cancel, not start.
  template <class Visit>
  void for_each_in_flight(Visit visit) const {
    slots_.for_each(visit);
  }

  // What was probed and which flags the kernel took, for people.
  std::string describe() const;

 private:
  explicit Ring(RingOptions const& options);

  io_uring_sqe& start(Completion& completion);
  io_uring_sqe& next_entry();
  void submit(Wait wait, std::uint64_t deadline_ns = kNoDeadline);
  bool arm_wake();
  void settle(std::uint64_t user_data, std::int32_t result);
  void note_missed(Completion& completion, bool missed);

  std::unique_ptr<io_uring> ring_;  // Behind a pointer, so that liburing.h stays in ring/.
  Slots slots_;
  std::uint64_t stale_ = 0;
  unsigned missed_ = 0;
  char const* flags_ = "";
  unsigned entries_ = 0;

  int wake_fd_ = -1;              // An eventfd.
  std::uint64_t wake_count_ = 0;  // Written by the kernel while armed.
  bool wake_armed_ = false;
};

}  // namespace heddle
