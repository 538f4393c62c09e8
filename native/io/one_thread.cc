// Through the intake, and what is done alike on the other side of it.

#include "io/one_thread.h"

#include <cerrno>

#include "base/clock.h"

namespace heddle {

void OneThread::submit(Operation& operation) {
  operation.engine = this;
  switch (intake_.push(operation)) {
    case Push::Queued:
      return;
    case Push::Wake:
      return wake();
    case Push::Closed:
      return refuse(operation, ECANCELED);
  }
}

void OneThread::cancel(Operation& operation) {
  operation.cancel_asked.store(true, relaxed);  // Published by ask().
  if (intake_.ask()) wake();
}

void OneThread::stop() {
  auto left = intake_.close();
  if (left.wake) wake();
  while (Operation* const operation = left.items.pop_front()) refuse(*operation, ECANCELED);
  thread_.join();
}

// Relaxed: what was set before ask() is learnt by take().
bool OneThread::is_cancelled(Operation const& operation) const {
  if (operation.code == OperationCode::Close) return false;  // O4
  return closed_ || operation.cancel_asked.load(relaxed);
}

void OneThread::end_cancelled(Queue<Operation>& waiting) {
  Queue<Operation> cancelled;
  timers_.take_if([this](Operation const& timer) { return is_cancelled(timer); }, cancelled);
  Queue<Operation> looked_at = std::move(waiting);
  while (Operation* const operation = looked_at.pop_front()) {
    (is_cancelled(*operation) ? cancelled : waiting).push_back(*operation);
  }
  while (Operation* const operation = cancelled.pop_front()) end(*operation, -ECANCELED);
}

void OneThread::end_expired() {
  if (timers_.empty()) return;
  for (std::uint64_t const now = now_ns(); timers_.deadline() <= now;) end(timers_.pop(), 0);
}

void OneThread::end(Operation& operation, std::int64_t result) {
  operation.result = result;
  finished_.push_back(operation);
}

}  // namespace heddle
