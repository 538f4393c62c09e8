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
    // Else it is done, or not yet submitted.
    if (!take_out(waiting_, operation) && !take_out(off_, operation)) return;
  }
  refuse(operation, ECANCELED);
}

void BlockingPool::stop() {
  Queue<Operation> left;
  {
    LockGuard const guard(lock_);
    closed_ = true;
    left = std::move(waiting_);
    left.append(std::move(off_));
    for (Member& member : members_) {
      if (member.operation == nullptr) continue;
      if (member.operation->code == OperationCode::Close) continue;  // B3
      member.interruptible.interrupt();
    }
    while (Member* const member = idle_.pop()) wake(*member);
  }
  while (Operation* const operation = left.pop_front()) refuse(*operation, ECANCELED);
  for (Member& member : members_) member.thread.join();
}

// Under the lock.
BlockingPool::Accept BlockingPool::accept(Operation& operation) {
  bool const cancelled = operation.cancel_asked.load(relaxed) &&
                         operation.code != OperationCode::Close;
  if (closed_ || cancelled) return Accept::Refused;
  waiting_.push_back(operation);
  hire();
  // What only threads that may never return could do is not kept waiting for them.
  bool const hopeless = busy_ == 0 && take_out(waiting_, operation);
  return hopeless ? Accept::NoThread : Accept::Taken;
}

// Under the lock. Gives what waits to threads, as far as there are any (B4).
void BlockingPool::hire() {
  while (busy_ < kBusyMax && !waiting_.empty()) {
    Member* const member = idle_or_new();
    if (member == nullptr) return;
    assign(*member, State::Busy, waiting_.pop_front());
    wake(*member);
  }
}

// Under the lock. Null at the system's limit of threads.
BlockingPool::Member* BlockingPool::idle_or_new() {
  if (Member* const member = idle_.pop()) return member;
  CHECK(members_.size() < kBusyMax + kStuckMax);  // The rest are busy or stuck.
  Member& member = members_.emplace_back(*this);
  if (member.thread.start(name_.c_str(), run, &member).ok()) return &member;
  members_.pop_back();
  return nullptr;
}

// Under the lock.
void BlockingPool::assign(Member& member, State state, Operation* operation) {
  if (member.state == State::Busy) --busy_;
  if (member.state == State::Stuck) --stuck_;
  if (state == State::Busy) ++busy_;
  if (state == State::Stuck) ++stuck_;
  DCHECK(busy_ <= kBusyMax && stuck_ <= kStuckMax);
  member.state = state;
  member.operation = operation;
}

// Under the lock, with a member that sleeps or begins. Without an operation it ends.
void BlockingPool::wake(Member& member) {
  // Release pairs with the acquire in next(): the operation.
  member.woken.store(1, release);
  futex_wake(member.woken, 1);
}

// Under the lock. True if it was there.
bool BlockingPool::take_out(Queue<Operation>& queue, Operation& operation) {
  bool found = false;
  Queue<Operation> others;
  while (Operation* const waiting = queue.pop_front()) {
    if (waiting == &operation) {
      found = true;
    } else {
      others.push_back(*waiting);
    }
  }
  queue = std::move(others);
  return found;
}

void BlockingPool::run(void* arg) {
  auto& member = *static_cast<Member*>(arg);
  auto& pool = member.pool;
  member.interruptible.enter(pool.signal_);
  while (Operation* const operation = pool.next(member)) {
    bool const ends = member.state == State::Stuck || ends_by_itself(*operation);
    if (!ends && !pool.step_aside(member)) continue;
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
    assign(member, State::Idle, nullptr);
    if (Operation* const put_off = stuck_ < kStuckMax ? off_.pop_front() : nullptr) {
      assign(member, State::Stuck, put_off);
    } else if (Operation* const waiting = busy_ < kBusyMax ? waiting_.pop_front() : nullptr) {
      assign(member, State::Busy, waiting);
    }
    if (member.operation != nullptr || closed_) return member.operation;
    member.woken.store(0, relaxed);
    idle_.push(member);
  }
  // Acquire pairs with the release in wake().
  while (member.woken.load(acquire) == 0) futex_wait(member.woken, 0);
  return member.operation;
}

// Lets another thread be busy instead. False: there are too many of these, and the operation is
// put off until one less is stuck.
bool BlockingPool::step_aside(Member& member) {
  LockGuard const guard(lock_);
  if (member.interruptible.interrupted()) return true;  // It is not going to block.
  Operation& operation = *member.operation;
  if (stuck_ == kStuckMax) {
    off_.push_back(operation);
    member.operation = nullptr;  // B2
    return false;
  }
  assign(member, State::Stuck, &operation);
  hire();
  return true;
}

}  // namespace heddle
