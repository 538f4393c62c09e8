// One thread in ppoll(2).

#include "io/poller.h"

#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/check.h"
#include "base/clock.h"

namespace heddle {

namespace {

// When descriptors cannot be waited for together, how often they are asked.
constexpr std::uint64_t kLookAgainNs = 5'000'000;

int poll_until(pollfd* descriptors, std::size_t count, std::uint64_t deadline_ns) {
  std::uint64_t const now = now_ns();
  std::uint64_t const left = deadline_ns > now ? deadline_ns - now : 0;
  timespec const time{static_cast<std::time_t>(left / kNanosecondsPerSecond),
                      static_cast<long>(left % kNanosecondsPerSecond)};
  return ppoll(descriptors, count, deadline_ns == kNoDeadline ? nullptr : &time, nullptr);
}

}  // namespace

Poller::~Poller() {
  if (wake_fd_ >= 0) ::close(wake_fd_);
}

Result<void> Poller::start() {
  wake_fd_ = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (wake_fd_ < 0) return last_error();
  return thread_.start(name_.c_str(), run, this);
}

void Poller::wake() {
  std::uint64_t const one = 1;
  while (::write(wake_fd_, &one, sizeof(one)) < 0) CHECK(errno == EINTR);
}

void Poller::run(void* self) {
  // Sleep may end 50 us late by default, so that wake-ups of several threads come together.
  prctl(PR_SET_TIMERSLACK, 1);
  auto& poller = *static_cast<Poller*>(self);
  while (!poller.closed_) poller.turn();
}

void Poller::turn() {
  auto news = intake_.take();
  closed_ = news.closed;
  while (Operation* const operation = news.items.pop_front()) take_in(*operation);
  if (news.asked || closed_) end_cancelled(polled_);
  end_expired();
  deliver(finished_);
  if (closed_) return;  // P3
  sleep(intake_.announce_sleep() ? timers_.deadline() : 0);
  look_at_descriptors();
  deliver(finished_);
}

// A cancel may have come before the submit: then there was nothing to look for.
void Poller::take_in(Operation& operation) {
  if (is_cancelled(operation)) return end(operation, -ECANCELED);
  switch (operation.code) {
    case OperationCode::Timer:
      return timers_.push(operation);
    case OperationCode::Poll:
      if (operation.fd < 0) return end(operation, -EBADF);  // ppoll() passes over these.
      return polled_.push_back(operation);
    default:
      CHECK(false);  // Io gives it to the pool.
  }
}

// Until something is ready, the deadline has passed, or somebody calls wake(). May return early.
void Poller::sleep(std::uint64_t deadline) {
  descriptors_.clear();
  descriptors_.push_back({wake_fd_, POLLIN, 0});
  for (Operation* each = polled_.front(); each != nullptr; each = each->next) {
    descriptors_.push_back({each->fd, static_cast<short>(each->flags), 0});
  }
  if (poll_until(descriptors_.data(), descriptors_.size(), deadline) < 0) {
    // EINTR: a debugger has stopped us. Or else there are more than the process may have open.
    poll_until(descriptors_.data(), 1, std::min(deadline, now_ns() + kLookAgainNs));
    for (std::size_t i = 1; i < descriptors_.size(); ++i) poll_until(&descriptors_[i], 1, 0);
  }
  std::uint64_t count;
  if (descriptors_[0].revents != 0) CHECK(::read(wake_fd_, &count, sizeof(count)) > 0);
}

void Poller::look_at_descriptors() {
  Queue<Operation> looked_at = std::move(polled_);
  for (std::size_t i = 1; i < descriptors_.size(); ++i) {
    Operation& operation = *looked_at.pop_front();
    short const found = descriptors_[i].revents;
    if (found == 0) {
      polled_.push_back(operation);
    } else {
      end(operation, (found & POLLNVAL) != 0 ? -EBADF : found);
    }
  }
}

}  // namespace heddle
