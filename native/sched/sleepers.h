#pragma once
// Who sleeps, who searches, and who must be woken: README.md has the protocol and its proof.
//
// The census is one word, {bare, parked, searching}, and every change or reading of it that a
// decision rests on is a read-modify-write. So any two of them have an order:
//
//   publish work; observe()          a producer, in wake_one(): releases
//   park(); look at all work         a worker that is about to sleep: acquires
//
// Either the producer's observe() comes second and sees the parked worker, or the worker's
// park() comes second, and its look sees the work.
//
// Operation    By                 Then
//   search     a worker awake     look for work, at most half of the workers at once
//   found      a searcher         look once more if it says so: see P3
//   park       a worker           last look; then unpark() or sleep()
//   unpark     the same worker    it is a searcher again
//   sleep      the same worker    it is a searcher when it returns
//   wake_one   who has published  nothing
//   wake       who has posted to one worker's inbox
//
// Rules, cited below by name:
//   P1  A worker is on the list if and only if it is counted as parked. Both change together,
//       under the lock.
//   P2  Whoever takes a worker off the list counts it as searching in the same step. A waker
//       then leaves a token, whether it was the one to take it off or not: a worker that finds
//       a token left over from before only looks for work once more.
//   P3  A producer that sees a searcher wakes nobody. So the last searcher to stop looks at
//       all work once more, after it has stopped, and wakes one if there is any.
//   P4  Nobody wakes a worker for what it could not take. One that lacks something and has
//       searched still owes P3 for such work. Without a fiber it is bare: nobody shares tasks for
//       its sake.
//   P5  Whoever has put work where others can find it calls wake_one() afterwards, also when it
//       has only moved it there.

#include <cstdint>

#include "base/atomic.h"
#include "base/check.h"
#include "base/futex.h"
#include "base/list.h"
#include "base/lock.h"
#include "sched/abilities.h"

namespace heddle {

// One worker's place to sleep.
struct Sleeper {
  Plain<Sleeper*> next = nullptr;
  Plain<bool> is_parked = false;  // Under the lock (P1), as is the next.
  Plain<Abilities> has = kNothing;
  Atomic<std::uint32_t> token{0};  // 1: woken. Set by wakers, taken by the worker.
};

class Sleepers {
 public:
  // At most `searchers_max` search at a time, unless woken to.
  explicit Sleepers(std::uint32_t searchers_max) : searchers_max_(searchers_max) {
    CHECK(searchers_max > 0);
  }

  // True: the caller counts as a searcher now. A worker awake that is none.
  [[nodiscard]] bool search() {
    std::uint64_t word = census_.load(relaxed);
    do {
      if (unpack(word).searching >= searchers_max_) return false;
      // Relaxed: what this search misses the look in P3 finds, or the one after park().
    } while (!census_.compare_exchange_weak(word, word + kSearching, relaxed, relaxed));
    return true;
  }

  // The caller searches no more. True: it was the last and somebody sleeps (P3). Searchers only.
  [[nodiscard]] bool found() {
    // Acquire pairs with observe(): the look that follows sees all work whose producer was told of
    // this searcher.
    Census before = unpack(census_.fetch_sub(kSearching, acquire));
    DCHECK(before.searching > 0);
    return before.searching == 1 && before.parked + before.bare > 0;
  }

  // Counts the caller as parked. It must look at all work once more before it sleeps.
  void park(Sleeper& self, Abilities has, bool searching) {
    LockGuard guarded(lock_);
    DCHECK(!self.is_parked);
    self.is_parked = true;
    self.has = has;
    parked_.push(self);
    // Acquire pairs with observe(): producers that come later see the worker, the look sees the
    // work of the others.
    census_.fetch_add(unit(has) - (searching ? kSearching : 0), acquire);
  }

  // The last look found something: back to searching. The worker that parked.
  void unpark(Sleeper& self) {
    LockGuard guarded(lock_);
    (void)take(self);  // P2: if somebody else was first, only its token is left over.
  }

  // Sleeps until woken. The worker that parked.
  void sleep(Sleeper& self) {
    // Relaxed: it is the lock, which the waker held before, that shows us what it did.
    while (self.token.exchange(0, relaxed) == 0) futex_wait(self.token, 0);
    unpark(self);  // A left-over token leaves us on the list.
  }

  // Wakes one that can take such work if any sleeps and nobody searches. Whoever has just published
  // it.
  void wake_one(Abilities needs) {
    Census now = observe();
    if (now.searching > 0) return;
    if (now.parked == 0 && (now.bare == 0 || covers(needs, kFiber))) return;
    Sleeper* sleeper = nullptr;
    {
      LockGuard guarded(lock_);
      sleeper = pick(needs);
      if (sleeper != nullptr) CHECK(take(*sleeper));
    }
    if (sleeper != nullptr) leave_token(*sleeper);
  }

  // Wakes this one, or sees to it that it does not fall asleep. Any thread.
  void wake(Sleeper& sleeper) {
    {
      LockGuard guarded(lock_);
      // P2: if somebody else was first, a second token is harmless: see sleep().
      (void)take(sleeper);
    }
    leave_token(sleeper);
  }

  // True if somebody is out of work who could run a task: who has private ones should share them.
  [[nodiscard]] bool is_hungry() {
    // As in observe(). Acquire pairs with this release: what other thieves have taken before they
    // looked here. Else the one who asks would be stopped by work that is gone.
    Census now = unpack(census_.fetch_add(0, acq_rel));
    return now.parked + now.searching > 0;
  }

 private:
  struct Census {
    std::uint32_t bare;    // Parked, without a fiber (P4).
    std::uint32_t parked;  // With one.
    std::uint32_t searching;
  };

  // Each field has 20 bits; there are at most 1024 workers.
  static constexpr std::uint64_t kSearching = 1;
  static constexpr std::uint64_t kParked = std::uint64_t{1} << 20;
  static constexpr std::uint64_t kBare = std::uint64_t{1} << 40;

  static constexpr Census unpack(std::uint64_t w) {
    constexpr std::uint64_t kField = kParked - 1;
    return {.bare = std::uint32_t(w / kBare),
            .parked = std::uint32_t(w / kParked & kField),
            .searching = std::uint32_t(w & kField)};
  }

  static constexpr std::uint64_t unit(Abilities has) {
    return covers(has, kFiber) ? kParked : kBare;
  }

  Census observe() {
    // A read-modify-write that changes nothing: it has a place in the census's order (see the
    // top). Release pairs with park() and found(): the published work.
    return unpack(census_.fetch_add(0, release));
  }

  // Who is to be woken, or nullptr: one that can take anything, if there is one. Under the lock.
  Sleeper* pick(Abilities needs) const {
    Sleeper* found = nullptr;
    for (Sleeper* sleeper = parked_.top(); sleeper != nullptr; sleeper = sleeper->next) {
      if (!covers(sleeper->has, needs)) continue;
      if (found == nullptr || sleeper->has == kEverything) found = sleeper;
      if (found->has == kEverything) break;
    }
    return found;
  }

  // Under the lock. False: somebody took it before.
  bool take(Sleeper& sleeper) {
    if (!sleeper.is_parked) return false;
    sleeper.is_parked = false;
    Stack<Sleeper> others;
    while (Sleeper* top = parked_.pop()) {
      if (top == &sleeper) break;
      others.push(*top);
    }
    while (Sleeper* other = others.pop()) parked_.push(*other);
    // P1, P2. Relaxed: it passes on what producers before it have released.
    census_.fetch_sub(unit(sleeper.has) - kSearching, relaxed);
    return true;
  }

  void leave_token(Sleeper& sleeper) {
    sleeper.token.store(1, relaxed);  // See sleep().
    futex_wake(sleeper.token, 1);
  }

  std::uint32_t const searchers_max_;
  alignas(64) Atomic<std::uint64_t> census_{0};
  alignas(64) Lock lock_;
  Stack<Sleeper> parked_;  // The last to fall asleep has the warmest caches, and wakes first.
};

}  // namespace heddle
