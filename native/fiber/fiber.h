#pragma once
// A fiber: a fixed-size allocation with two stacks, and the two switches that enter and leave it.
//
//     low                                                                    high
//     | guard | primary stack, grows down ... | Fiber | tail ...      | guard |
//
// The primary stack holds C++ frames. The tail is memory that the layer above owns: the
// scheduler keeps the fiber's task stack there. Whoever touches a guard dies, with a message if
// it is the primary stack that overflows (overflow.h); an overflow never corrupts a neighbour,
// unless one frame is larger than a guard and nothing in it is touched on the way.
//
// A thread enters a fiber from its own stack (its Host) and the fiber leaves back to it.
//
// Rules, cited below by name:
//   F1  A fiber belongs to one thread from its first enter() on: only that thread enters it.
//   F2  leave() is called on the fiber, enter() on the host; fibers never enter fibers.
//   F3  The body never returns: it leaves, and finds its next work when it is entered again.

#include <cstddef>
#include <cstdint>

#include "fiber/sanitizer.h"
#include "fiber/switch.h"

namespace heddle {

class Canceller;

// A thread's own stack, from which it enters fibers.
class Host {
 public:
  Host();  // On the thread itself.
  Host(Host const&) = delete;
  Host& operator=(Host const&) = delete;

 private:
  friend class Fiber;
  Context context_;
  StackIdentity stack_;
};

struct FiberSizes {
  std::size_t stack_bytes;  // Primary stack; a multiple of the page size.
  std::size_t tail_bytes;   // For the layer above; aligned to a cache line.
};

class Fiber {
 public:
  using Body = void (*)(Fiber& self);

  // Of each guard: a multiple of every page size that Linux has, and more than most frames, since
  // a frame that is larger than the guard can jump over it.
  static constexpr std::size_t kGuardBytes = 64 * 1024;

  // Runs the fiber until it leaves. On the host's own stack (F1, F2).
  void enter(Host& host);

  // Back to the enter() that is running this fiber. On the fiber (F2).
  void leave();

  // Which fiber the calling thread runs, or nullptr on its own stack.
  static Fiber* running();

  std::uint32_t id() const { return id_; }
  void* tail() { return tail_; }
  std::size_t stack_bytes() const { return stack_.bytes; }

  // How many bytes of the running fiber's primary stack are free. On the fiber.
  std::size_t stack_bytes_left() const;

  // True if `address` lies in the guard below the primary stack.
  bool is_overflow(void const* address) const;

  Fiber* next = nullptr;           // For whoever holds the fiber while it is suspended or free.
  void* seat = nullptr;            // For the layer above: the worker that the fiber belongs to.
  Canceller* canceller = nullptr;  // For io: who may end what the fiber waits for, or null.

 private:
  friend class FiberSlabs;
  Fiber(std::uint32_t id, void* stack_low, FiberSizes const& sizes, void* tail, Body body);
  ~Fiber();
  static void run(void* self);

  Context context_;
  StackIdentity stack_;
  Host* host_ = nullptr;
  Body body_;
  void* tail_;
  std::uint32_t id_;
};

}  // namespace heddle
