#pragma once
// What a model of waiting is linked with in place of the scheduler: suspend(), resume(), and where
// the caller stands.
//
// Each thread of the program is the only fiber of a worker of its own, or a thread in no worker. A
// resumed fiber is a word that its worker sleeps on: the inbox and the sleepers, which have models
// of their own, order as much.

#include <cstddef>
#include <functional>
#include <memory>
#include <new>
#include <utility>
#include <vector>

#include "base/futex.h"
#include "model/suite.h"
#include "sched/waiter.h"

namespace heddle::test {

enum class On : std::uint8_t { Fiber, Thread };

// What stands for one thread of the program.
struct Actor {
  explicit Actor(On on) : on(on) {}

  Fiber& fiber() { return *std::launder(reinterpret_cast<Fiber*>(memory)); }

  On const on;
  alignas(Fiber) std::byte memory[sizeof(Fiber)] = {};  // Only its `next` is ever used.
  Plain<bool> has_left = false;
  Atomic<std::uint32_t> resumed{0};
  Parker parker;
};

// All threads of a program; one of these is made first of all.
class Actors {
 public:
  Actors() { current() = this; }

  // Adds a thread to the program, and its stand-in.
  void add(model::Program& program, On on, std::function<void()> body) {
    actors_.push_back(std::make_unique<Actor>(on));
    program.thread((on == On::Fiber ? "fiber " : "thread ") + std::to_string(actors_.size()),
                   std::move(body));
  }

  // The running thread's.
  static Actor& self() {
    return *current()->actors_.at(model::Execution::current()->self().index - 1);
  }

  static Actor& of(Fiber& fiber) {
    for (auto& actor : current()->actors_) {
      if (&actor->fiber() == &fiber) return *actor;
    }
    model::fail("what was resumed is no fiber");
  }

 private:
  // Of the program that was built last.
  static Actors*& current() {
    static Actors* last = nullptr;
    return last;
  }

  std::vector<std::unique_ptr<Actor>> actors_;
};

}  // namespace heddle::test

namespace heddle {

inline bool on_fiber() {
  return test::Actors::self().on == test::On::Fiber;
}

inline bool may_wait() {
  return true;
}

inline Parker& own_parker() {
  return test::Actors::self().parker;
}

// Worker::suspend(), and the loop until the fiber is entered again.
inline void suspend(void (*publish)(Fiber& self, void* arg), void* arg) {
  auto& self = test::Actors::self();
  bool const early = model::mutant("a waiter is published before it has left its stack");
  if (early) publish(self.fiber(), arg);
  self.has_left.write(true);
  if (!early) publish(self.fiber(), arg);
  // Acquire pairs with resume().
  while (self.resumed.exchange(0, acquire) == 0) futex_wait(self.resumed, 0);
  self.has_left.write(false);
}

inline void resume(Fiber& fiber) {
  auto& actor = test::Actors::of(fiber);
  model::require(actor.has_left.read(), "a fiber was resumed that had not left its stack");
  // Release pairs with suspend().
  std::uint32_t const before = actor.resumed.exchange(1, release);
  model::require(before == 0, "a fiber was resumed twice");
  futex_wake(actor.resumed, 1);
}

inline void resume_all(Queue<Fiber>& fibers) {
  while (Fiber* fiber = fibers.pop_front()) resume(*fiber);
}

}  // namespace heddle
