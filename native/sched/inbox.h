#pragma once
// Where any thread leaves items for another, which may be asleep.
//
// One word says both what waits and whether the owner sleeps, so a push cannot slip between
// the owner's last look and its sleep:
//
//   head_        meaning                        left by
//   null         nothing waits                  push; doze
//   an item      items wait, newest first       push; take
//   kDozing      nothing waits, owner sleeps    push, which must then wake the owner; take
//
// The owner dozes by CAS from null: with an item there it fails, and the owner stays awake.

#include <cstdint>

#include "base/atomic.h"
#include "base/list.h"

namespace heddle {

template <class T>
class Inbox {
 public:
  // True: the owner dozes, and the caller must wake it. Any thread.
  [[nodiscard]] bool push(T& item) { return push_chain(item, item); }

  // The same for items linked from `newest` to `oldest` through next.
  [[nodiscard]] bool push_chain(T& newest, T& oldest) {
    T* old = head_.load(relaxed);
    while (true) {
      oldest.next = old == dozing() ? nullptr : old;
      // Release publishes the items to take().
      if (head_.compare_exchange_weak(old, &newest, release, relaxed)) return old == dozing();
    }
  }

  // All that waits, oldest first. The owner, who is awake from here on; or, where nobody ever
  // dozes, any thread.
  Queue<T> take() {
    if (head_.load(relaxed) == nullptr) return {};
    // Acquire pairs with push_chain().
    T* newest = head_.exchange(nullptr, acquire);
    if (newest == dozing()) newest = nullptr;
    return reversed(Stack<T>(newest));
  }

  // True if take() would find something. Any thread. Relaxed: as has_work() in run_queue.h.
  bool has_items() const {
    T* newest = head_.load(relaxed);
    return newest != nullptr && newest != dozing();
  }

  // Says that the owner is about to sleep. False: something waits. Owner only.
  [[nodiscard]] bool doze() {
    T* expected = nullptr;
    // Relaxed: it publishes nothing, and the items are taken by take().
    return head_.compare_exchange_strong(expected, dozing(), relaxed, relaxed);
  }

 private:
  static T* dozing() { return reinterpret_cast<T*>(std::uintptr_t{1}); }

  alignas(64) Atomic<T*> head_{nullptr};
};

}  // namespace heddle
