// A ring's life, and the two calls that it consists of: enter and reap.

#include "ring/ring.h"

#if HEDDLE_HAVE_LIBURING

#include <liburing.h>
#include <sched.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "ring/setup.h"
#include "ring/tokens.h"

namespace heddle {

namespace {

constexpr unsigned kKernelWorkersMax = 256;

int submit_and_wait_until(io_uring& ring, std::uint64_t deadline_ns) {
  std::uint64_t const now = now_ns();
  std::uint64_t const left = deadline_ns > now ? deadline_ns - now : 0;
  __kernel_timespec time{static_cast<long long>(left / kNanosecondsPerSecond),
                         static_cast<long long>(left % kNanosecondsPerSecond)};
  io_uring_cqe* first;  // Reaped with the others.
  return io_uring_submit_and_wait_timeout(&ring, &first, 1, &time, nullptr);
}

}  // namespace

Ring::Ring(RingOptions const& options)
    : ring_(std::make_unique<io_uring>()), slots_(options.in_flight_max) {
}

Result<std::unique_ptr<Ring>> Ring::open(RingOptions const& options) {
  std::unique_ptr<Ring> self(new Ring(options));
  // Blocking on purpose: the kernel reads a non-blocking eventfd once and says EAGAIN.
  self->wake_fd_ = eventfd(0, EFD_CLOEXEC);
  if (self->wake_fd_ < 0) return last_error();
  auto setup = set_up(*self->ring_, options);
  if (!setup.ok()) return setup.error();
  self->entries_ = setup.value().entries;
  self->flags_ = setup.value().flags;
  return self;
}

Ring::~Ring() {
  CHECK(in_flight() == 0 && !wake_armed_);  // R5
  if (entries_ > 0) io_uring_queue_exit(ring_.get());
  if (wake_fd_ >= 0) ::close(wake_fd_);
}

void Ring::enable() {
  CHECK(io_uring_enable_rings(ring_.get()) == 0);
  // Of kernel workers for files and their names there would be four a processor, and an open of a
  // FIFO keeps one for ever. More are made only where those that there are wait. Best effort.
  unsigned workers[2] = {kKernelWorkersMax, 0};  // 0: as it is.
  (void)io_uring_register_iowq_max_workers(ring_.get(), workers);
}

void Ring::enter(Wait wait, std::uint64_t deadline_ns) {
  // No room to arm means no sleep: hand over what fills the queue, and let the caller look
  // again. To make room and then sleep would be to sleep on completions already reaped.
  if (wait == Wait::One && !arm_wake()) wait = Wait::No;
  submit(wait, deadline_ns);
}

void Ring::submit(Wait wait, std::uint64_t deadline_ns) {
  int result;
  if (wait == Wait::No) {
    result = io_uring_submit_and_get_events(ring_.get());
  } else if (deadline_ns == kNoDeadline) {
    result = io_uring_submit_and_wait(ring_.get(), 1);
  } else {
    result = submit_and_wait_until(*ring_, deadline_ns);
  }
  if (result >= 0 || result == -ETIME) return;
  // EINTR: a signal. EBUSY: more completions than the queue holds; NODROP keeps them, and
  // reaping makes room. EAGAIN, ENOMEM: no memory for another operation until one has ended,
  // here or elsewhere. What was not handed over stays queued for the next call. Anything
  // else is a mistake of ours, such as EEXIST for the wrong thread (R1).
  bool const short_of_memory = result == -EAGAIN || result == -ENOMEM;
  CHECK(result == -EINTR || result == -EBUSY || short_of_memory);
  if (short_of_memory) sched_yield();
}

unsigned Ring::reap() {
  constexpr unsigned kBatch = 64;
  io_uring_cqe* batch[kBatch];
  unsigned reaped = 0;
  // Peeking also fetches what the kernel kept when the queue was full.
  while (unsigned const count = io_uring_peek_batch_cqe(ring_.get(), batch, kBatch)) {
    for (unsigned i = 0; i < count; ++i) settle(batch[i]->user_data, batch[i]->res);
    io_uring_cq_advance(ring_.get(), count);
    reaped += count;
  }
  return reaped;
}

void Ring::settle(std::uint64_t user_data, std::int32_t result) {
  if (user_data == kWakeWord) {
    // Interrupted or cancelled it is armed again; any other failure would repeat for ever.
    CHECK(result == sizeof(wake_count_) || result == -EINTR || result == -ECANCELED);
    wake_armed_ = false;
    return;
  }
  if ((user_data & kCancelMark) != 0) {
    Completion* const target = slots_.find(Token{user_data & ~kCancelMark});
    if (target != nullptr) note_missed(*target, result == -EALREADY || result == -ENOENT);
    return;
  }
  Completion* const completion = slots_.release(Token{user_data});
  if (completion == nullptr) {
    ++stale_;  // R4
    return;
  }
  note_missed(*completion, false);
  completion->complete(*completion, result);
}

void Ring::note_missed(Completion& completion, bool missed) {
  if (completion.missed == missed) return;
  completion.missed = missed;
  missed_ += missed ? 1 : -1;
}

void Ring::wake() {
  std::uint64_t const one = 1;
  while (::write(wake_fd_, &one, sizeof(one)) < 0) CHECK(errno == EINTR);
}

// False when the submission queue is full.
bool Ring::arm_wake() {
  if (wake_armed_) return true;
  io_uring_sqe* const sqe = io_uring_get_sqe(ring_.get());
  if (sqe == nullptr) return false;
  io_uring_prep_read(sqe, wake_fd_, &wake_count_, sizeof(wake_count_), 0);
  io_uring_sqe_set_data64(sqe, kWakeWord);
  wake_armed_ = true;
  return true;
}

void Ring::quiesce() {
  CHECK(in_flight() == 0);
  if (!wake_armed_) return;
  wake();
  while (wake_armed_) {
    submit(Wait::One);
    reap();
  }
}

std::string Ring::describe() const {
  return "probed: open, read, close, poll, cancel; flags " + std::string(flags_) + "; " +
         std::to_string(entries_) + " entries";
}

}  // namespace heddle

#endif
