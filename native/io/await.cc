// Where an operation and a fiber meet.

#include "io/await.h"

#include <fcntl.h>
#include <poll.h>

#include "base/check.h"
#include "io/attempt.h"
#include "io/blocking.h"
#include "io/canceller.h"
#include "sched/suspend.h"

namespace heddle {

namespace {

// Opens a FIFO to read, when an end of it is held open already. That end lets writers in: one
// may come, write and go before the engine has begun to open, which then would wait for the
// next one, for ever. But the held end can be asked whether a writer has come: it has
// something to read, or has been hung up on. So both are waited for, and the first one counts.
std::int64_t open_fifo(Io& io, char const* path, int flags, int held) {
  Pending opening, writer;
  opening.set_open(path, flags, 0);
  opening.wants_thread = true;
  writer.set_poll(held, POLLIN);
  Canceller* const canceller = Fiber::running()->canceller;
  if (canceller != nullptr && !canceller->enter(io, opening)) {
    close_now(held);
    return -ECANCELED;
  }
  opening.begin(io);
  writer.begin(io, &opening);
  std::int64_t const opened = opening.finish();
  if (canceller != nullptr) canceller->leave();
  io.cancel(writer);
  bool const writer_came = writer.finish() > 0;
  if (opened >= 0 || !writer_came) {
    close_now(held);
    return opened;
  }
  CHECK(fcntl(held, F_SETFL, flags) == 0);  // No longer O_NONBLOCK.
  return held;
}

}  // namespace

// On the worker's own stack. Not before: the operation may be over, and its fiber running
// again, before submit() returns.
void Awaited::submit(Fiber& self, void* arg) {
  auto& awaited = *static_cast<Awaited*>(arg);
  awaited.fiber_ = &self;
  awaited.io_->submit(awaited);
}

std::int64_t Awaited::run(Io& io) {
  CHECK(on_fiber());
  io_ = &io;
  done = [](Operation& self) { return static_cast<Awaited&>(self).fiber_; };
  Canceller* const canceller = code == OperationCode::Close ? nullptr : Fiber::running()->canceller;
  do {
    if (canceller != nullptr && !canceller->enter(io, *this)) return result = -ECANCELED;
    suspend(submit, this);
    if (canceller != nullptr) canceller->leave();
  } while (result == -EINTR);  // A signal's doing: nobody cancelled it.
  return result;
}

Result<void> Awaited::finish(Io& io) {
  std::int64_t const returned = run(io);
  if (returned < 0) return Errno{int(-returned)};
  return {};
}

std::int64_t await_open(Io& io, char const* path, int flags, mode_t mode,
                        OpenAttempt const& attempt) {
  if (attempt.held >= 0) return open_fifo(io, path, flags, attempt.held);
  Awaited operation;
  operation.set_open(path, flags, mode);
  operation.wants_thread = attempt.waits;
  return operation.run(io);
}

std::int64_t await_read(Io& io, int fd, void* buffer, std::size_t length, std::int64_t offset) {
  Awaited operation;
  operation.set_read(fd, buffer, length, offset);
  return operation.run(io);
}

std::int64_t await_close(Io& io, int fd) {
  Awaited operation;
  operation.set_close(fd);
  return operation.run(io);
}

Pending::~Pending() {
  CHECK(is_idle());
}

void Pending::begin(Io& io, Operation* loser) {
  CHECK(is_idle());
  io_ = &io;
  loser_ = loser;
  done = [](Operation& self) {
    auto& pending = static_cast<Pending&>(self);
    if (pending.loser_ != nullptr) pending.io_->cancel(*pending.loser_);
    return pending.meeting_.over();
  };
  meeting_.begin();
  io.submit(*this);
}

std::int64_t Pending::finish() {
  CHECK(!is_idle());
  if (!meeting_.is_over()) {
    CHECK(on_fiber());
    suspend(
        [](Fiber& self, void* arg) {
          if (!static_cast<Pending*>(arg)->meeting_.wait(self)) resume(self);
        },
        this);
  }
  meeting_.rest();
  return result;
}

}  // namespace heddle
