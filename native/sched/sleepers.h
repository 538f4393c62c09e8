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
//   doze_off   an isolate         return to its event loop; rise() when it is rung
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
#include "base/clock.h"
#include "base/futex.h"
#include "base/list.h"
#include "base/lock.h"
#include "sched/abilities.h"

namespace heddle {

class Sleepers;

// For traces: who has woken a worker, and when.
struct Roused {
  static constexpr std::uint32_t kTracing = 0xFFFF'FFFE;  // The thread that has started the trace.
  static constexpr std::uint32_t kOutside = 0xFFFF'FFFF;  // Some other thread.

  std::uint64_t time_ns = 0;    // 0: not known.
  std::uint32_t by = kOutside;  // A worker's index, or one of these.
};

// What the calling thread is among those who wake.
struct Waker {
  Sleepers const* of = nullptr;
  std::uint32_t index = Roused::kOutside;
};
inline constinit thread_local Waker this_waker;

// One worker's place to sleep. Its token:
//
//   kNoToken   it is awake, or sleeps on the futex    a waker; doze_off
//   kWoken     somebody has woken it                  the worker
//   kRings     it sleeps in its event loop            a waker, who then rings; the worker
struct Sleeper {
  using Ring = void (*)(Sleeper& self);

  static constexpr std::uint32_t kNoToken = 0;
  static constexpr std::uint32_t kWoken = 1;
  static constexpr std::uint32_t kRings = 2;

  explicit Sleeper(Ring how = nullptr) : ring(how) {}

  Ring const ring;  // Rouses an isolate. Any thread, with no lock held.
  Plain<Sleeper*> next = nullptr;
  Plain<bool> is_parked = false;  // Under the lock (P1), as are the next two.
  Plain<Abilities> has = kNothing;
  Plain<Roused> roused = Roused{};
  Atomic<std::uint32_t> token{kNoToken};
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

  // Sleeps until woken; by whom is known if that was to be traced. The worker that parked.
  Roused sleep(Sleeper& self) {
    // Relaxed: it is the lock, which the waker held before, that shows us what it did.
    while (self.token.exchange(Sleeper::kNoToken, relaxed) == Sleeper::kNoToken) {
      futex_wait(self.token, Sleeper::kNoToken);
    }
    return get_off(self);
  }

  // The same, at most until the deadline.
  Roused sleep_until(Sleeper& self, std::uint64_t deadline_ns) {
    while (self.token.exchange(Sleeper::kNoToken, relaxed) == Sleeper::kNoToken) {
      if (!futex_wait_until(self.token, Sleeper::kNoToken, deadline_ns)) break;
    }
    return get_off(self);
  }

  // Has whoever wakes it ring. False: it was woken already. The isolate that parked; then rise().
  [[nodiscard]] bool doze_off(Sleeper& self) {
    std::uint32_t expected = Sleeper::kNoToken;
    // Relaxed as in sleep(). One word: a waker comes before, and is seen, or rings.
    if (self.token.compare_exchange_strong(expected, Sleeper::kRings, relaxed, relaxed)) {
      return true;
    }
    return false;
  }

  // Takes the token, and is a searcher again. The isolate, rung or not, also where doze_off() said
  // false.
  Roused rise(Sleeper& self) {
    (void)self.token.exchange(Sleeper::kNoToken, relaxed);
    return get_off(self);
  }

  // Whether an isolate that waits for a thief may be woken where nobody else can take the work: it
  // can where the work is that thief's. It may not by another one: they would wake each other for
  // ever.
  enum class Followers : std::uint8_t { Too, Not };

  // Wakes one that can take such work if any sleeps and nobody searches. Whoever has just published
  // it.
  void wake_one(Abilities needs, Followers followers = Followers::Too) {
    Census now = observe();
    if (now.searching > 0) return;
    if (now.parked == 0 && (now.bare == 0 || covers(needs, kFiber))) return;
    Sleeper* sleeper = nullptr;
    {
      LockGuard guarded(lock_);
      sleeper = pick(needs);
      if (sleeper == nullptr && followers == Followers::Too && covers(needs, kScript)) {
        sleeper = pick(kFollower);
      }
      if (sleeper != nullptr) {
        CHECK(take(*sleeper));
        sign(*sleeper);
      }
    }
    if (sleeper != nullptr) leave_token(*sleeper);
  }

  // Wakes this one, or sees to it that it does not fall asleep. Any thread.
  void wake(Sleeper& sleeper) {
    {
      LockGuard guarded(lock_);
      // P2: if somebody else was first, a second token is harmless: see sleep().
      if (take(sleeper)) sign(sleeper);
    }
    leave_token(sleeper);
  }

  // From here on sleep() knows by whom. Any thread.
  void trace(bool is_on) { is_traced_.store(is_on, relaxed); }

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
      if (found == nullptr || covers(sleeper->has, kNative)) found = sleeper;
      if (covers(found->has, kNative)) break;
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

  // After a sleep: a left-over token leaves it on the list.
  Roused get_off(Sleeper& self) {
    LockGuard guarded(lock_);
    (void)take(self);
    Roused const roused = self.roused;
    self.roused = Roused{};
    return roused;
  }

  // Under the lock. Whoever has taken it off the list.
  void sign(Sleeper& sleeper) {
    if (is_traced_.load(relaxed)) [[unlikely]] {
      Waker const waker = this_waker;
      sleeper.roused = Roused{now_ns(), waker.of == this ? waker.index : Roused::kOutside};
    }
  }

  void leave_token(Sleeper& sleeper) {
    // Relaxed: see sleep().
    if (sleeper.token.exchange(Sleeper::kWoken, relaxed) == Sleeper::kRings) {
      sleeper.ring(sleeper);
    } else {
      futex_wake(sleeper.token, 1);
    }
  }

  std::uint32_t const searchers_max_;
  Atomic<bool> is_traced_{false};
  alignas(64) Atomic<std::uint64_t> census_{0};
  alignas(64) Lock lock_;
  Stack<Sleeper> parked_;  // The last to fall asleep has the warmest caches, and wakes first.
};

}  // namespace heddle
