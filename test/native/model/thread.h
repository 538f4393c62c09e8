#pragma once
// A thread of an explored program: a fiber, what it knows, and what it waits for.

#include <pthread.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "fiber/sanitizer.h"
#include "fiber/switch.h"
#include "model/site.h"
#include "model/view.h"

namespace heddle::model {

// A stack that is used again by later executions; one that was abandoned is not.
class Stack {
 public:
  static constexpr std::size_t kBytes = 128 * 1024;

  Stack() : memory_(take()) {}
  Stack(Stack const&) = delete;
  Stack& operator=(Stack const&) = delete;
  ~Stack() { free_list().push_back(std::move(memory_)); }

  char* low() { return memory_.get(); }

 private:
  using Memory = std::unique_ptr<char[]>;

  static std::vector<Memory>& free_list() {
    static std::vector<Memory> list;
    return list;
  }

  static Memory take() {
    if (free_list().empty()) return std::make_unique_for_overwrite<char[]>(kBytes);
    Memory memory = std::move(free_list().back());
    free_list().pop_back();
    return memory;
  }

  Memory memory_;
};

// The stack that explores, as a place to switch to.
struct Home {
  Context context;
  StackIdentity identity;
};

class Thread {
 public:
  enum class State : std::uint8_t { Ready, Asleep, Done };

  Thread(std::uint32_t index, std::string name, std::function<void()> body)
      : index(index), name(std::move(name)), body(std::move(body)) {}

  Thread(Thread const&) = delete;
  ~Thread() { forget_fiber(identity); }

  // Makes it ready to run `entry(this)`.
  void prepare(Entry entry) {
    identify_fiber(identity, stack.low(), Stack::kBytes);
    context = make_context(stack.low(), Stack::kBytes, entry, this);
  }

  std::uint32_t bit() const { return 1u << index; }

  std::uint32_t const index;  // 0 sets the program up and looks at the end.
  std::string const name;
  std::function<void()> body;
  State state = State::Ready;

  // Memory.
  View view;                       // What it knows.
  View pending;                    // What it would also know after an acquire fence.
  View const* released = nullptr;  // What it knew at its last release fence.
  Stamps before_barrier;           // What it had seen at its last compiler_barrier().
  Stamps after_barrier;            // What membarrier() has for its next compiler_barrier().
  Stamp plain_accesses = 0;

  // Scheduling.
  std::vector<std::uint32_t> looked_at;  // Locations loaded since its last yield.
  std::uint32_t waits_for = 0;           // Threads that must run before it runs again.
  Site at{"", "", 0};                    // Its last step.
  Op doing = Op::Start;

  // Asleep.
  std::uint32_t sleeps_on = 0;    // Location.
  std::uint64_t deadline_ns = 0;  // 0: none.
  bool timed_out = false;

  Stack stack;
  Context context;
  StackIdentity identity;
};

// The stack of the calling thread, as the address sanitizer must be told it.
inline StackIdentity own_stack() {
  StackIdentity own;
#if defined(__SANITIZE_ADDRESS__)
  static StackIdentity const known = [] {
    pthread_attr_t attributes;
    void* low = nullptr;
    std::size_t bytes = 0;
    pthread_getattr_np(pthread_self(), &attributes);
    pthread_attr_getstack(&attributes, &low, &bytes);
    pthread_attr_destroy(&attributes);
    StackIdentity stack;
    identify_fiber(stack, low, bytes);
    return stack;
  }();
  own = known;
#endif
  return own;
}

// Leaves `from` for `to`; returns when somebody switches back.
template <class From, class To>
void switch_stacks(From& from, To& to) {
  announce_leave(from.identity, to.identity);
  heddle_switch(&from.context, to.context);
  announce_arrive(from.identity);
}

}  // namespace heddle::model
