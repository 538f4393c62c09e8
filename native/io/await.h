#pragma once
// A fiber that waits for an operation: suspended from the submit to the result.

#include <cstdint>

#include "fiber/fiber.h"
#include "io/attempt.h"
#include "io/io.h"
#include "io/meeting.h"

namespace heddle {

// One that its fiber waits for. Filled in by one of Operation's set_ functions.
class Awaited : public Operation {
 public:
  // Submits it, and returns what the system call did, or -errno. On a fiber only.
  std::int64_t run(Io& io);

  // The same, where all that counts is that it did.
  Result<void> finish(Io& io);

 private:
  static void submit(Fiber& self, void* arg);

  Io* io_ = nullptr;
  Fiber* fiber_ = nullptr;
};

// Each returns what the system call did, or -errno. On a fiber only.

// After an attempt that came to -EAGAIN: what it holds is taken over, to be returned or closed.
std::int64_t await_open(Io& io, char const* path, int flags, mode_t mode,
                        OpenAttempt const& attempt);
std::int64_t await_read(Io& io, int fd, void* buffer, std::size_t length, std::int64_t offset);
std::int64_t await_close(Io& io, int fd);

// An operation that goes on while its fiber does other things. Filled in by one of
// Operation's set_ functions.
class Pending : public Operation {
 public:
  Pending() = default;
  ~Pending();  // Must be idle.

  // Submits it. When it is over it cancels `loser`, if there is one, which is not destroyed
  // before this is finished. The owner; only when idle.
  void begin(Io& io, Operation* loser = nullptr);

  // Waits for the result and returns it. The owner, on a fiber; only after begin().
  std::int64_t finish();

  bool is_idle() const { return meeting_.is_idle(); }

 private:
  Meeting<Fiber> meeting_;
  Io* io_ = nullptr;
  Operation* loser_ = nullptr;
};

}  // namespace heddle
