// Each is one operation.

#include "io/waiting.h"

#include "io/await.h"

namespace heddle {

Result<void> sleep_until(Io& io, std::uint64_t deadline_ns) {
  Awaited timer;
  timer.set_timer(deadline_ns);
  return timer.finish(io);
}

Result<int> poll(Io& io, int fd, int events) {
  Awaited polled;
  polled.set_poll(fd, events);
  std::int64_t const found = polled.run(io);
  if (found < 0) return Errno{int(-found)};
  return static_cast<int>(found);
}

}  // namespace heddle
