// Handing operations to threads, and getting them back from threads that are stuck.

#include "io/blocking_pool.h"

#include <utility>

#include "base/check.h"
#include "base/futex.h"
#include "io/blocking.h"

namespace heddle {

Result<void> BlockingPool::start() {
  auto signal = interrupt_signal();
  if (!signal.ok()) return signal.error();
  signal_ = signal.value();
  return {};
}

void BlockingPool::submit(Operation& operation) {
  operation.engine = this;
  Accept accepted;
  {
    LockGuard const guard(lock_);
    accepted = accept(operation);
  }
  if (accepted == Accept::Refused) refuse(operation, ECANCELED);
  if (accepted == Accept::NoThread) refuse(operation, EAGAIN);
}

void BlockingPool::cancel(Operation& operation) {
  {
    LockGuard const guard(lock_);
    operation.cancel_asked.store(true, relaxed);
    if (operation.code == OperationCode::Close) return;  // B3
    for (Member& member : members_) {
      if (member.operation == &operation) return member.interruptible.interrupt();
    }
    if (!take_out(operation)) return;  // Done, or not yet submitted.
  }
  refuse(operation, ECANCELED);
}

void BlockingPool::stop() {
  Queue<Operation> left;
  {
    LockGuard const guard(lock_);
    closed_ = true;
    left = std::move(waiting_);
    for (Member& member : members_) {
      if (member.operation == nullptr) continue;
      if (member.operation->code == OperationCode::Close) continue;  // B3
      member.interruptible.interrupt();
    }
    while (Member* const member = idle_.pop()) wake(*member, nullptr);
  }
  while (Operation* const operation = left.pop_front()) refuse(*operation, ECANCELED);
  for (Member& member : members_) member.thread.join();
}

// Under the lock.
BlockingPool::Accept BlockingPool::accept(Operation& operation) {
  bool const cancelled = operation.cancel_asked.load(relaxed) &&
                         operation.code != OperationCode::Close;
  if (closed_ || cancelled) return Accept::Refused;
  if (Member* const member = idle_.pop()) {
    wake(*member, &operation);
  } else if (started_ == kThreadsMax || !start_member(operation)) {
    if (started_ == 0) return Accept::NoThread;
    waiting_.push_back(operation);
  }
  return Accept::Taken;
}

// Under the lock. False at the system's limit of threads.
bool BlockingPool::start_member(Operation& first) {
  Member& member = members_[started_];
  member.pool = this;
  member.operation = &first;
  if (!member.thread.start(name_.c_str(), run, &member).ok()) {
    member.operation = nullptr;
    return false;
  }
  ++started_;
  return true;
}

// Under the lock, with an idle member. No operation means: end.
void BlockingPool::wake(Member& member, Operation* operation) {
  member.operation = operation;
  // Release pairs with the acquire in next(): the operation.
  member.woken.store(1, release);
  futex_wake(member.woken, 1);
}

// Under the lock. True if it was waiting.
bool BlockingPool::take_out(Operation& operation) {
  bool found = false;
  Queue<Operation> others;
  while (Operation* const waiting = waiting_.pop_front()) {
    if (waiting == &operation) {
      found = true;
    } else {
      others.push_back(*waiting);
    }
  }
  waiting_ = std::move(others);
  return found;
}

void BlockingPool::run(void* arg) {
  auto& member = *static_cast<Member*>(arg);
  auto& pool = *member.pool;
  member.interruptible.enter(pool.signal_);
  while (Operation* const operation = pool.next(member)) {
    std::int64_t const result = perform(*operation, member.interruptible);
    {
      LockGuard const guard(pool.lock_);
      member.operation = nullptr;  // B2
      member.interruptible.calm();
    }
    pool.deliver(*operation, result);
  }
  member.interruptible.leave();
}

// What to do next; sleeps until there is something. Null: end.
Operation* BlockingPool::next(Member& member) {
  {
    LockGuard const guard(lock_);
    if (member.operation != nullptr) return member.operation;  // A new thread's first.
    member.operation = waiting_.pop_front();
    if (member.operation != nullptr || closed_) return member.operation;
    member.woken.store(0, relaxed);
    idle_.push(member);
  }
  // Acquire pairs with the release in wake().
  while (member.woken.load(acquire) == 0) futex_wait(member.woken, 0);
  return member.operation;
}

}  // namespace heddle
