#pragma once
// The engine where there is no ring: a few threads that make blocking system calls.
//
// Threads start when there is work and none is idle, up to a limit, and stay; an idle one
// sleeps on a futex of its own. What all of them are too busy for waits in order.
//
// Rules, cited below by name:
//   B1  lock_ guards all that follows it. No system call that may block, and no `done`, is
//       made under it.
//   B2  A thread's `operation` is set under the lock, and taken back under the lock before
//       `done`. So whoever finds an operation there, holding the lock, finds it alive.
//   B3  A close is neither taken out of the queue nor interrupted (O4).

#include <cstdint>
#include <memory>
#include <string>

#include "base/lock.h"
#include "base/thread.h"
#include "io/backend.h"
#include "io/interrupt.h"

namespace heddle {

class BlockingPool final : public Backend {
 public:
  // Enough to keep a disk busy. A call that never returns takes one away until it is
  // cancelled, which a ring does not suffer from.
  static constexpr unsigned kThreadsMax = 4;

  explicit BlockingPool(std::string name) : name_(std::move(name)) {}

  // Fails with EBUSY if no signal is free to interrupt threads with.
  Result<void> start() override;
  void submit(Operation& operation) override;
  void cancel(Operation& operation) override;
  void stop() override;

 private:
  struct Member {
    BlockingPool* pool = nullptr;
    Thread thread;
    Interruptible interruptible;
    Member* next = nullptr;          // Of the idle.
    Operation* operation = nullptr;  // At hand (B2).
    Atomic<std::uint32_t> woken{0};  // Slept on while idle.
  };

  enum class Accept : std::uint8_t { Taken, Refused, NoThread };

  Accept accept(Operation& operation);
  bool start_member(Operation& first);
  static void wake(Member& member, Operation* operation);
  bool take_out(Operation& operation);
  static void run(void* member);
  Operation* next(Member& member);

  std::string const name_;
  int signal_ = 0;

  Lock lock_;
  bool closed_ = false;
  unsigned started_ = 0;
  Stack<Member> idle_;
  Queue<Operation> waiting_;
  Member members_[kThreadsMax];
};

}  // namespace heddle
