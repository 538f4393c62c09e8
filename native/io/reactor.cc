// The reactor's loop.

#include "io/reactor.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/clock.h"

namespace heddle {

namespace {

// Whoever enters a ring also copies what is cached already. A read larger than this is given
// to a kernel worker, so that the copy does not hold up everybody else's I/O.
constexpr std::size_t kCopyHereMax = 256 * 1024;

// -EINTR, or one of the codes by which the kernel tells itself to restart a call (ERESTARTSYS
// and kin, 512 to 516). Those are not for us to see, but cancelling an open that waits in a
// kernel worker completes with -512 (Linux 6.18).
bool is_interrupted(std::int32_t result) {
  return result == -EINTR || (result <= -512 && result >= -516);
}

}  // namespace

Reactor::Reactor(std::unique_ptr<Ring> ring, std::string name)
    : OneThread(std::move(name)), ring_(std::move(ring)) {
}

Result<std::unique_ptr<Reactor>> Reactor::open(RingOptions const& options, std::string name) {
  auto ring = Ring::open(options);
  if (!ring.ok()) return ring.error();
  return std::unique_ptr<Reactor>(new Reactor(std::move(ring).value(), std::move(name)));
}

Result<void> Reactor::start() {
  return thread_.start(name_.c_str(), run, this);
}

void Reactor::run(void* self) {
  auto& reactor = *static_cast<Reactor*>(self);
  reactor.ring_->enable();
  while (!reactor.closed_ || !reactor.waiting_.empty() || reactor.ring_->in_flight() > 0) {
    reactor.turn();  // Closed, it cancels the timers at once.
  }
  reactor.ring_->quiesce();  // E4
}

void Reactor::turn() {
  auto news = intake_.take();
  waiting_.append(std::move(news.items));
  bool const closes = news.closed && !closed_;
  closed_ = news.closed;
  if (news.asked || closes || is_time_to_insist()) look_for_cancelled();
  while (!waiting_.empty() && !ring_->full()) issue_or_end(*waiting_.pop_front());
  end_expired();
  deliver(finished_);  // Also what was cancelled, and what the ring reaped to make room.
  ring_->enter(may_sleep() ? Wait::One : Wait::No, std::min(insist_at_, timers_.deadline()));
  ring_->reap();
  deliver(finished_);
}

// Only with nothing left to deliver (E2).
bool Reactor::may_sleep() {
  DCHECK(finished_.empty());
  if (closed_) return ring_->in_flight() > 0;
  return intake_.announce_sleep();
}

// A cancel may have come before the submit: then there was nothing to look for.
void Reactor::issue_or_end(Operation& operation) {
  if (is_cancelled(operation)) return end(operation, -ECANCELED);
  issue(operation);
}

void Reactor::look_for_cancelled() {
  end_cancelled(waiting_);
  ring_->for_each_in_flight([&](Completion& completion) {
    auto& operation = static_cast<Operation&>(completion);
    bool const sent = operation.cancel_sent && !operation.missed;
    if (sent || !is_cancelled(operation)) return;
    operation.cancel_sent = true;
    ring_->cancel(operation.token);
  });
}

// Cancels that missed are sent again (see Ring::cancel), after a time that doubles: a disk may
// take long, and nobody gains by asking it often.
bool Reactor::is_time_to_insist() {
  constexpr std::uint64_t kFirstNs = 1'000'000;
  constexpr std::uint64_t kLastNs = 128'000'000;
  if (ring_->missed() == 0) {
    insist_at_ = kNoDeadline;
    insist_after_ns_ = kFirstNs;
    return false;
  }
  std::uint64_t const now = now_ns();
  if (insist_at_ == kNoDeadline) insist_at_ = now + insist_after_ns_;
  if (now < insist_at_) return false;
  insist_at_ = kNoDeadline;
  insist_after_ns_ = std::min(insist_after_ns_ * 2, kLastNs);
  return true;
}

void Reactor::issue(Operation& operation) {
  operation.complete = complete;
  operation.cancel_sent = false;
  switch (operation.code) {
    case OperationCode::Nop:
      return ring_->nop(operation);
    case OperationCode::Open:
      return ring_->openat(operation, operation.path, operation.flags, operation.mode);
    case OperationCode::Read: {
      Issue const where = operation.length > kCopyHereMax ? Issue::KernelWorker : Issue::Here;
      return ring_->read(operation, operation.fd, operation.buffer, operation.length,
                         operation.offset, where);
    }
    case OperationCode::Write: {
      Issue const where = operation.length > kCopyHereMax ? Issue::KernelWorker : Issue::Here;
      return ring_->write(operation, operation.fd, operation.buffer, operation.length,
                          operation.offset, where);
    }
    case OperationCode::Sync:
      return ring_->sync(operation, operation.fd, operation.flags != 0);
    case OperationCode::Facts:
      return ring_->facts(operation, operation.fd, operation.path, operation.flags, kFacts,
                          *static_cast<struct statx*>(operation.buffer));
    case OperationCode::Unlink:
      return ring_->unlink(operation, operation.path, operation.flags);
    case OperationCode::Rename:
      return ring_->rename(operation, operation.path, operation.second);
    case OperationCode::MakeFolder:
      return ring_->make_folder(operation, operation.path, operation.mode);
    case OperationCode::Link:
      return ring_->link(operation, operation.path, operation.second);
    case OperationCode::SymbolicLink:
      return ring_->symbolic_link(operation, operation.path, operation.second);
    case OperationCode::Close:
      return ring_->close(operation, operation.fd);
    case OperationCode::Timer:
      return timers_.push(operation);
    case OperationCode::ReadVector:
      return ring_->read_vector(operation, operation.fd,
                                static_cast<iovec const*>(operation.buffer),
                                static_cast<unsigned>(operation.length), operation.offset);
    case OperationCode::WriteVector:
      return ring_->write_vector(operation, operation.fd,
                                 static_cast<iovec const*>(operation.buffer),
                                 static_cast<unsigned>(operation.length), operation.offset);
    case OperationCode::Truncate:
    case OperationCode::Copy:
    case OperationCode::ReadFolder:
    case OperationCode::Access:
    case OperationCode::Populate:
    case OperationCode::Unmap:
      break;
    case OperationCode::Poll:
      return ring_->poll(operation, operation.fd, static_cast<unsigned>(operation.flags));
  }
  CHECK(false);  // Io gives it to threads.
}

void Reactor::complete(Completion& completion, std::int32_t result) {
  auto& operation = static_cast<Operation&>(completion);
  auto& self = static_cast<Reactor&>(*operation.engine);
  operation.result = result;
  if (is_interrupted(result)) {
    bool const close = operation.code == OperationCode::Close;  // Done all the same, on Linux.
    operation.result = close ? 0 : operation.cancel_sent ? -ECANCELED : -EINTR;
  }
  self.finished_.push_back(operation);
}

}  // namespace heddle
