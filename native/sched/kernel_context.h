#pragma once
// Fork and join: push a child where thieves can find it; take it back, or wait for it.
//
//     long fib(heddle::KernelContext t, int n) {
//       if (n < 2) return n;
//       t.fork<fib>(n - 1);         // may run on another worker from here on
//       long b = fib(t, n - 2);     // meanwhile
//       return t.join<fib>() + b;
//     }
//
// Joins come in the reverse order of forks, and every fork has its join in the same function. A
// fork and a join that no thief has met cost about ten instructions more than a call: the context
// is two registers, so nothing is looked up, and the slow paths are out of the way.

#include <array>
#include <cstddef>
#include <cstdint>
#include <new>
#include <type_traits>
#include <utility>

#include "sched/split_deque.h"
#include "sched/task.h"

namespace heddle {

/// What may be an argument or a result of a forked function, with all others in at most 40 bytes.
template <class T>
concept Forkable = std::is_trivially_copyable_v<T> && sizeof(T) <= kPayloadBytes && alignof(T) <= 8;

namespace detail {

// Arguments in a record, each written and read in its own place: a struct of them would be copied
// as a whole, and what was stored in small pieces and is loaded in large ones stalls.
template <class... Ts>
struct Arguments {
  static constexpr std::size_t kCount = sizeof...(Ts);

  // Where each begins; at the end, how many bytes they take.
  static constexpr std::array<std::size_t, kCount + 1> kPlaces = [] {
    std::array<std::size_t, kCount + 1> places{};
    std::size_t end = 0;
    std::size_t i = 0;
    ((places[i] = end = (end + alignof(Ts) - 1) / alignof(Ts) * alignof(Ts), end += sizeof(Ts),
      ++i),
     ...);
    places[kCount] = end;
    return places;
  }();
  static constexpr bool fit() {
    return (Forkable<Ts> && ... && true) && kPlaces[kCount] <= kPayloadBytes;
  }

  [[gnu::always_inline]] static void store(std::byte* to, Ts const&... values) {
    store_each(to, std::index_sequence_for<Ts...>(), values...);
  }

  // f(values...), by reference to the record.
  template <class F>
  [[gnu::always_inline]] static decltype(auto) apply(std::byte const* from, F&& f) {
    return apply_each(from, f, std::index_sequence_for<Ts...>());
  }

 private:
  template <std::size_t... I>
  [[gnu::always_inline]] static void store_each([[maybe_unused]] std::byte* to,
                                                std::index_sequence<I...>, Ts const&... values) {
    ((void)new (to + kPlaces[I]) Ts(values), ...);
  }
  template <class F, std::size_t... I>
  [[gnu::always_inline]] static decltype(auto) apply_each([[maybe_unused]] std::byte const* from,
                                                          F& f, std::index_sequence<I...>) {
    return f(*std::launder(reinterpret_cast<Ts const*>(from + kPlaces[I]))...);
  }
};

template <class F>
struct Signature;

}  // namespace detail

/// Where the next child of a function goes: two words, passed by value as the first parameter of
/// every function that forks. It belongs to the fiber that it was handed to.
class KernelContext {
 public:
  /// The context of the running fiber, for code that was not handed one. On a fiber only.
  static KernelContext current();

  /// Of no fiber, for code that turns out to fork nothing: it is never cancelled, and gives way to
  /// nobody. Any thread.
  static KernelContext alone() { return {}; }

  /// Makes F(KernelContext, args...) a child that other workers may run.
  ///
  /// \tparam F a function, known when this is compiled.
  /// \param args converted to F's parameters, which are trivially copyable and together at most 40
  ///   bytes. What they refer to must outlive the join.
  /// If the task stack is full the child runs at once.
  template <auto F, class... Args>
  void fork(Args... args);

  /// The result of the newest child that was not joined, which was forked as F: by a plain call, if
  /// no thief has it. Else this runs what the thief forks meanwhile, or suspends the fiber.
  template <auto F>
  auto join();

  /// True if a thief has asked for more than it found: a good moment to fork. Costs a load.
  bool is_wanted() const { return deque_->is_wanted(head_); }

  /// True if the dispatch that this is a part of was cancelled: join what was forked, and return.
  bool is_cancelled() const;

  /// To be called every now and then in long work. On the background lane it lets frame work of
  /// this worker go first; elsewhere it does nothing. May suspend the fiber.
  void give_way() const;

  // For the scheduler: a context at the end of this deque.
  explicit KernelContext(SplitDeque<Task>& deque) : deque_(&deque), head_(deque.head()) {}

 private:
  template <class F>
  friend struct detail::Signature;

  KernelContext() = default;

  SplitDeque<Task>* deque_ = nullptr;
  std::size_t head_ = 0;  // The same as the deque's, in a register.
};
static_assert(sizeof(KernelContext) == 16 && std::is_trivially_copyable_v<KernelContext>,
              "passed in two registers");

namespace detail {

// The slow paths, in join.cc. They keep head as the fast paths do, and return it.
[[gnu::cold]] std::size_t fork_slow(SplitDeque<Task>& deque, std::size_t mark);

struct Joined {
  Task* task;    // With the result, or with the arguments.
  bool is_done;  // Take the result, then end_join(); else call it.
};
Joined join_slow(SplitDeque<Task>& deque, std::size_t mark);
// Returns head.
std::size_t end_join(SplitDeque<Task>& deque, std::size_t mark);

// Hides where a mark came from. Else the compiler keeps the address of a record in a register of
// its own from the fork to the join, which costs a save, a restore and a move.
inline void forget_origin(std::size_t& mark) {
  asm("" : "+r"(mark));
}

template <class R, class... Params>
struct Signature<R (*)(KernelContext, Params...)> {
  using Passed = Arguments<Params...>;
  static_assert(Passed::fit(), "arguments: trivially copyable, at most 40 bytes");
  static_assert(std::is_void_v<R> || Forkable<R>, "result: trivially copyable, at most 40 bytes");

  template <auto F>
  static R call(Task const& task, KernelContext t) {
    return Passed::apply(task.payload, [&](auto const&... each) { return F(t, each...); });
  }

  // What a thief calls: the arguments are read out before the result takes their place.
  template <auto F>
  static void run(Task& task, KernelContext t) {
    if constexpr (std::is_void_v<R>) {
      call<F>(task, t);
    } else {
      new (task.payload) R(call<F>(task, t));
    }
  }

  template <auto F>
  [[gnu::always_inline]] static void fork(KernelContext& t, Params... args) {
    std::size_t const mark = t.head_;
    Task& task = t.deque_->slot(mark);
    task.run = run<F>;
    Passed::store(task.payload, args...);
    t.head_ = mark + sizeof(Task);
    forget_origin(t.head_);
    if (!t.deque_->push(t.head_)) [[unlikely]]
      t.head_ = fork_slow(*t.deque_, t.head_ - sizeof(Task));
  }

  template <auto F>
  [[gnu::always_inline]] static R join(KernelContext& t) {
    t.head_ -= sizeof(Task);
    forget_origin(t.head_);
    if (!t.deque_->pop(t.head_)) [[unlikely]] {
      if constexpr (std::is_void_v<R>) {
        t.head_ = join_slowly<F>(t);
        return;
      } else {
        auto const [result, head] = join_slowly<F>(t);
        t.head_ = head;
        return result;
      }
    }
    return call<F>(t.deque_->slot(t.head_), t);
  }

  struct Late {
    std::conditional_t<std::is_void_v<R>, char, R> result;
    std::size_t head;
  };

  // The context by value: its address would keep it out of registers in the caller.
  template <auto F>
  [[gnu::noinline, gnu::cold]] static auto join_slowly(KernelContext t) {
    Joined const joined = join_slow(*t.deque_, t.head_);
    if constexpr (std::is_void_v<R>) {
      if (joined.is_done) return end_join(*t.deque_, t.head_);
      call<F>(*joined.task, t);
      return t.head_;
    } else {
      if (!joined.is_done) return Late{call<F>(*joined.task, t), t.head_};
      R const result = *std::launder(reinterpret_cast<R const*>(joined.task->payload));
      return Late{result, end_join(*t.deque_, t.head_)};
    }
  }
};

}  // namespace detail

template <auto F, class... Args>
void KernelContext::fork(Args... args) {
  detail::Signature<decltype(F)>::template fork<F>(*this, args...);
}

template <auto F>
auto KernelContext::join() {
  return detail::Signature<decltype(F)>::template join<F>(*this);
}

}  // namespace heddle
