#pragma once
// Permits that fibers and threads take, wait for, and give back; also from one to another.
//
// balance_ is the number of permits that are free, less those that were promised: whoever finds
// none takes one all the same, and waits until one is granted. Who releases sees by the balance
// how many it owes.
//
//   balance_    means                          acquire                      release
//     > 0       so many are free               takes one                    adds
//     <= 0      -balance_ were promised        is promised one, and waits   grants what it owes
//
// Operation       By                          Atomics when nobody waits
//   acquire       fiber, or a thread (A4)     one fetch_sub
//   try_acquire   anyone                      one load, one CAS
//   release       anyone                      one fetch_add
//
// Rules, cited below by name:
//   G1  A release that found n promised grants as many, up to its own number: to who waits longest,
//       or, while who was promised one has not enlisted yet, to whoever enlists next (granted_).
//   G2  A permit that was promised is never free: nobody can overtake those who wait. A permit is
//       often held for long, so who came first must not lose it to those who come again and again.
//   G3  A release touches only waiters once it has granted, under lock_; that lock may still pass
//       its address, as a number, to futex_wake(). So who waited last may destroy the semaphore as
//       soon as every acquire() has returned, if nobody releases any more.

#include <algorithm>
#include <cstdint>
#include <utility>

#include "base/atomic.h"
#include "base/check.h"
#include "base/list.h"
#include "base/lock.h"
#include "sched/waiter.h"

namespace heddle {

class Semaphore {
 public:
  static constexpr std::uint32_t kPermitsMax = 0x7fffffff;

  explicit Semaphore(std::uint32_t permits) : balance_(permits) { CHECK(permits <= kPermitsMax); }
  Semaphore(Semaphore const&) = delete;
  Semaphore& operator=(Semaphore const&) = delete;

  // Waits until there is a permit, and takes it. A fiber, or a thread in no worker (A4).
  void acquire() {
    DCHECK(may_wait());
    // Acquire pairs with release(): what was done before the permit was given back.
    if (balance_.fetch_sub(1, heddle::acquire) <= 0) wait_for_grant();
  }

  // Anyone, a plain job too.
  [[nodiscard]] bool try_acquire() {
    std::int64_t balance = balance_.load(relaxed);
    while (balance > 0) {
      // Acquire as in acquire().
      if (balance_.compare_exchange_weak(balance, balance - 1, heddle::acquire, relaxed))
        return true;
    }
    return false;
  }

  // Gives back `permits`, or adds new ones; at most kPermitsMax may be free. Any thread.
  void release(std::uint32_t permits = 1) {
    CHECK(permits <= kPermitsMax);
    // Release pairs with acquire() and try_acquire().
    std::int64_t const before = balance_.fetch_add(permits, heddle::release);
    CHECK(before + permits <= kPermitsMax && "more permits than a semaphore counts");
    if (before < 0) grant(std::min<std::int64_t>(permits, -before));
  }

 private:
  [[gnu::cold, gnu::noinline]] void wait_for_grant() {
    Waiter self;
    self.wait([&] {
      LockGuard guarded(lock_);
      if (granted_ > 0) {
        --granted_;
        return false;
      }
      waiters_.push_back(self);
      return true;
    });
  }

  // G1. What was done before becomes visible by the lock, or by the waking.
  [[gnu::cold, gnu::noinline]] void grant(std::int64_t permits) {
    Queue<Waiter> lucky;
    {
      LockGuard guarded(lock_);
      for (; permits > 0 && !waiters_.empty(); --permits) lucky.push_back(*waiters_.pop_front());
      granted_ += permits;
    }
    Waiter::wake_all(std::move(lucky));
  }

  Atomic<std::int64_t> balance_;
  Lock lock_;
  std::int64_t granted_ = 0;  // Under the lock, as is the list; one of the two is empty.
  Queue<Waiter> waiters_;
};

}  // namespace heddle
