#pragma once
// Waiting for a time or for a descriptor, on a fiber, which is suspended meanwhile.

#include <cstdint>

#include "base/result.h"
#include "io/io.h"

namespace heddle {

// Until now_ns() has reached the deadline. ECANCELED after the Io has stopped.
Result<void> sleep_until(Io& io, std::uint64_t deadline_ns);

// Until one of `events` is there, as in poll(2): returns those that are. POLLERR and POLLHUP always
// count. EBADF, or ECANCELED as above.
Result<int> poll(Io& io, int fd, int events);

}  // namespace heddle
