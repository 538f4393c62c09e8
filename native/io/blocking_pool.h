#pragma once
// The engine where there is no ring: a few threads that make blocking system calls.
//
// Threads start when there is work and none is idle, up to a limit, and stay; an idle one
// sleeps on a futex of its own. What all of them are too busy for waits in order. A thread whose
// next call may never return, as of a pipe that nobody writes, does not count any more: another
// takes its place, so that files are read however many pipes are silent.
//
//   a member is   means                                     left by
//     Idle        sleeps, or is about to                    wake, next
//     Busy        one of kBusyMax with an operation         step_aside, next
//     Stuck       one of kStuckMax in a call without end    next
//
// Rules, cited below by name:
//   B1  lock_ guards all that follows it. No system call that may block, and no `done`, is
//       made under it.
//   B2  A thread's `operation` is set under the lock, and taken back under the lock before
//       `done`. So whoever finds an operation there, holding the lock, finds it alive.
//   B3  A close is neither taken out of the queue nor interrupted (O4).
//   B4  While operations are waiting_, kBusyMax members are busy, or the system has no thread.
//   B5  While operations are put off_, kStuckMax members are stuck.

#include <cstdint>
#include <deque>
#include <string>

#include "base/lock.h"
#include "base/thread.h"
#include "io/backend.h"
#include "io/interrupt.h"

namespace heddle {

class BlockingPool final : public Backend {
 public:
  // Enough to keep a disk busy.
  static constexpr unsigned kBusyMax = 4;

  // What is beyond waits until one of these calls returns, or is cancelled. A ring has no such
  // limit, but then it needs no thread for each.
  static constexpr unsigned kStuckMax = 256;

  explicit BlockingPool(std::string name) : name_(std::move(name)) {}

  // Fails with EBUSY if no signal is free to interrupt threads with.
  Result<void> start() override;
  void submit(Operation& operation) override;
  void cancel(Operation& operation) override;
  void stop() override;

 private:
  enum class State : std::uint8_t { Idle, Busy, Stuck };

  struct Member {
    explicit Member(BlockingPool& of) : pool(of) {}

    BlockingPool& pool;
    Thread thread;
    Interruptible interruptible;
    Member* next = nullptr;          // Of the idle.
    Operation* operation = nullptr;  // At hand (B2).
    State state = State::Idle;
    Atomic<std::uint32_t> woken{0};  // Slept on while idle.
  };

  enum class Accept : std::uint8_t { Taken, Refused, NoThread };

  Accept accept(Operation& operation);
  void hire();
  Member* idle_or_new();
  static void wake(Member& member);
  static bool take_out(Queue<Operation>& queue, Operation& operation);
  static void run(void* member);
  Operation* next(Member& member);
  bool step_aside(Member& member);
  void assign(Member& member, State state, Operation* operation);

  std::string const name_;
  int signal_ = 0;

  Lock lock_;
  bool closed_ = false;
  unsigned busy_ = 0;
  unsigned stuck_ = 0;
  Stack<Member> idle_;
  Queue<Operation> waiting_;
  Queue<Operation> off_;  // Found to have no end of their own, while there was no room for them.
  std::deque<Member> members_;
};

}  // namespace heddle
