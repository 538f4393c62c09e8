#pragma once
// The reactor's door: any thread pushes, one thread takes everything at once, and the word
// that holds the list is also the one that says "I sleep". README.md has the argument.
//
// word               means                                            left by
//   Open             nothing new, the taker is awake                  push, ask, announce_sleep,
//   close Asleep           nothing new, the taker sleeps or is about to     push, ask, close; take
//   item and/or Asked  news for the taker, which is awake             push, ask, take, close
//   Closed           nothing is accepted any more                     nobody
//
// Operation         By         Costs
//   push            anyone     one CAS
//   ask             anyone     one fetch_or
//   take            taker      one relaxed load when there is nothing, else one CAS
//   announce_sleep  taker      one CAS
//   close           anyone     one exchange
//
// Rules, cited below by name:
//   I1  Every change of the word is a read-modify-write: they have one order, and each
//       continues the release sequences of those before it.
//   I2  Asleep stands alone: it is set only over Open. So whatever came before it has been
//       taken, and whoever comes next sees it.
//   I3  Who replaces Asleep, other than the taker, must wake it: one wake a sleep, no more.
//   I4  Closed is final. Who closes gets what was not taken.

#include <cstdint>
#include <utility>

#include "base/atomic.h"
#include "base/check.h"
#include "base/list.h"

namespace heddle {

enum class Push : std::uint8_t {
  Queued,  // The taker is awake and will look.
  Wake,    // Queued, and the taker sleeps: the caller must wake it (I3).
  Closed,  // Refused: the item is still the caller's.
};

// T has a member `T* next`.
template <class T>
class Intake {
  static_assert(alignof(T) >= 8, "the low three bits of a pointer are ours");

 public:
  struct Taken {
    Queue<T> items;       // Oldest first.
    bool asked = false;   // Somebody called ask() since the last take().
    bool closed = false;  // No item will come any more.
  };

  struct Closed {
    Queue<T> items;  // Oldest first.
    bool wake;       // The taker sleeps: the caller must wake it (I3).
  };

  // Any thread.
  [[nodiscard]] Push push(T& item) {
    Word word = word_.load(relaxed);
    while (true) {
      if (word == kClosed) return Push::Closed;
      item.next = pointer(word);
      Word const next = reinterpret_cast<Word>(&item) | (word & kAsked);
      // Release publishes the item to take() and close().
      if (word_.compare_exchange_weak(word, next, release, relaxed)) break;
    }
    return word == kAsleep ? Push::Wake : Push::Queued;
  }

  // Makes the next take() say `asked`. True if the caller must wake the taker (I3). Any thread.
  [[nodiscard]] bool ask() {
    Word word = word_.load(relaxed);
    while (true) {
      if (word == kClosed) return false;
      Word const next = (word & ~kAsleep) | kAsked;
      // Release publishes to take() what the caller wants looked at.
      if (word_.compare_exchange_weak(word, next, release, relaxed)) break;
    }
    return word == kAsleep;
  }

  // Everything new. Also ends an announced sleep. The taker.
  [[nodiscard]] Taken take() {
    Word word = word_.load(relaxed);
    while (word != kOpen && word != kClosed) {
      // Acquire pairs with the releases in push() and ask(), each of them (I1).
      if (!word_.compare_exchange_weak(word, kOpen, acquire, relaxed)) continue;
      return {reversed(Stack<T>(pointer(word))), (word & kAsked) != 0, false};
    }
    return {{}, false, word == kClosed};
  }

  // The last look: true if there is nothing new, and then whoever brings something will wake
  // the taker, which may sleep. The taker.
  [[nodiscard]] bool announce_sleep() {
    Word expected = kOpen;
    // Relaxed: nothing is published or learnt, and I2 rests on the one order of I1 alone.
    return word_.compare_exchange_strong(expected, kAsleep, relaxed, relaxed);
  }

  // Once. Any thread.
  [[nodiscard]] Closed close() {
    // Acquire pairs with the release in push().
    Word const word = word_.exchange(kClosed, acquire);
    CHECK(word != kClosed);
    return {reversed(Stack<T>(pointer(word))), word == kAsleep};
  }

 private:
  using Word = std::uintptr_t;

  static constexpr Word kOpen = 0;
  static constexpr Word kAsleep = 1;
  static constexpr Word kAsked = 2;
  static constexpr Word kClosed = 4;

  static T* pointer(Word word) {
    return reinterpret_cast<T*>(word & ~(kAsleep | kAsked | kClosed));
  }

  alignas(64) Atomic<Word> word_{kOpen};
};

}  // namespace heddle
