#pragma once
// Ends what somebody has asked for: the operation that a fiber waits for, and those to follow.
//
// Rules, cited below by name:
//   K1  The lock is held while an operation is being cancelled, and leave() takes it: so the
//       operation is there as long as its cancel takes.

#include "base/lock.h"
#include "fiber/fiber.h"
#include "io/io.h"

namespace heddle {

// What can be given up by whoever has asked for it.
class Cancellable {
 public:
  Cancellable() = default;
  Cancellable(Cancellable const&) = delete;
  Cancellable& operator=(Cancellable const&) = delete;
  virtual ~Cancellable() = default;

  // Asks for an end, as O4 says. Again, or when it is over, it does no harm. The thread that owns
  // the runtime.
  virtual void cancel() = 0;

  // Somebody has begun to do it. Of one that is over: for good.
  virtual bool has_begun() const { return true; }
};

// Of a job: its fiber's calls find it by ForFiber.
class Canceller final : public Cancellable {
 public:
  void cancel() override {
    LockGuard const guard(lock_);
    is_asked_.store(true, relaxed);                       // Nothing comes with it.
    if (operation_ != nullptr) io_->cancel(*operation_);  // K1
  }

  // Whether somebody has asked, as it may be looked at for long.
  Atomic<bool> const& asked() const { return is_asked_; }
  bool is_asked() const { return is_asked_.load(relaxed); }

  // Both around an operation of the fiber's. False: it is not to be submitted.
  [[nodiscard]] bool enter(Io& io, Operation& operation) {
    LockGuard const guard(lock_);
    if (is_asked()) return false;
    io_ = &io;
    operation_ = &operation;
    return true;
  }

  void leave() {
    LockGuard const guard(lock_);
    operation_ = nullptr;
  }

  // While it is there, it ends what the running fiber waits for. May be null.
  class ForFiber {
   public:
    explicit ForFiber(Canceller* canceller) { Fiber::running()->canceller = canceller; }
    ~ForFiber() { Fiber::running()->canceller = nullptr; }
    ForFiber(ForFiber const&) = delete;
    ForFiber& operator=(ForFiber const&) = delete;
  };

 private:
  Lock lock_;
  Atomic<bool> is_asked_{false};  // Set under the lock.
  Io* io_ = nullptr;
  Operation* operation_ = nullptr;
};

}  // namespace heddle
