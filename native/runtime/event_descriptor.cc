// eventfd(2), which is never waited for but by poll(2).

#include "runtime/event_descriptor.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace heddle {

Result<std::shared_ptr<EventDescriptor>> EventDescriptor::make(std::uint32_t initial) {
  int const fd = eventfd(initial, EFD_CLOEXEC | EFD_NONBLOCK);
  if (fd < 0) return last_error();
  return std::shared_ptr<EventDescriptor>(new EventDescriptor(fd));
}

EventDescriptor::~EventDescriptor() {
  ::close(fd_);
}

int EventDescriptor::add(std::uint64_t count) {
  return ::write(fd_, &count, sizeof(count)) < 0 ? -errno : 0;
}

int EventDescriptor::take(std::uint64_t& count) {
  return ::read(fd_, &count, sizeof(count)) < 0 ? -errno : 0;
}

EventWait::EventWait(Runtime& runtime, Cell& cell, std::shared_ptr<EventDescriptor> event)
    : CellOperation(runtime, cell, Call::Read), event_(std::move(event)) {
  set_poll(event_->fd(), POLLIN);
}

// Somebody else may have taken it first.
std::int64_t EventWait::finish(std::int64_t result, Value& value) {
  if (result < 0) return result;
  std::uint64_t count = 0;
  int const error = event_->take(count);
  if (error != 0) return error == -EAGAIN ? kGoOn : error;
  auto const number = static_cast<double>(count);
  value.blob = make_blob(&number, sizeof(number));
  return value.blob == nullptr ? -ENOMEM : 0;
}

}  // namespace heddle
