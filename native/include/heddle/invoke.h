#pragma once
/// \file
/// Runs a few callables at once.
///
///     auto [left, right] = heddle::invoke(
///         t, [&](heddle::KernelContext t) { return f(t, a); }, [&] { return g(b); });

#include <cstddef>
#include <memory>
#include <new>
#include <tuple>
#include <type_traits>
#include <utility>
#include <variant>

#include "heddle/call.h"

namespace heddle {
namespace detail {

// What a tuple of results holds for an R.
template <class R>
using Solid = std::conditional_t<std::is_void_v<R>, std::monostate, std::remove_cvref_t<R>>;

template <class F>
using SolidResult = Solid<CallResult<F&>>;

template <class F>
[[gnu::always_inline]] inline SolidResult<F> call_solid(F& f, KernelContext t) {
  if constexpr (std::is_void_v<CallResult<F&>>) {
    call(f, t);
    return {};
  } else {
    return call(f, t);
  }
}

// A forked callable. Its record points to it, in the caller's frame.
template <class F>
class Branch {
 public:
  explicit Branch(F& f) : f_(&f) {}

  [[gnu::always_inline]] void fork(KernelContext& t) { t.fork<&run>(f_); }

  [[gnu::always_inline]] SolidResult<F> join(KernelContext& t) {
    if constexpr (std::is_void_v<CallResult<F&>>) {
      t.join<&run>();
      return {};
    } else {
      return t.join<&run>();
    }
  }

  static CallResult<F&> run(KernelContext t, F* f) { return call(*f, t); }

 private:
  F* f_;
};

// The same for a result that no record holds: it is made in the caller's frame.
template <class F>
class LargeBranch {
 public:
  using Result = SolidResult<F>;

  explicit LargeBranch(F& f) : f_(f) {}

  void fork(KernelContext& t) { t.fork<&run>(this); }

  Result join(KernelContext& t) {
    t.join<&run>();
    auto* const result = std::launder(reinterpret_cast<Result*>(room_));
    Result moved = std::move(*result);
    std::destroy_at(result);
    return moved;
  }

  static void run(KernelContext t, LargeBranch* self) {
    new (self->room_) Result(call(self->f_, t));
  }

 private:
  F& f_;
  alignas(Result) std::byte room_[sizeof(Result)];
};

template <class F>
using BranchOf =
    std::conditional_t<std::is_void_v<CallResult<F&>> ||
                           (Forkable<SolidResult<F>> && !std::is_reference_v<CallResult<F&>>),
                       Branch<F>, LargeBranch<F>>;

template <class F, class... Rest>
[[gnu::always_inline]] inline auto invoke_all(KernelContext t, F& f, Rest&... rest) {
  using Result = std::tuple<SolidResult<F>>;
  if constexpr (sizeof...(Rest) == 0) {
    return Result(call_solid(f, t));
  } else {
    BranchOf<F> branch(f);
    branch.fork(t);
    auto others = invoke_all(t, rest...);
    return std::tuple_cat(Result(branch.join(t)), std::move(others));
  }
}

}  // namespace detail

/// Calls every callable, each maybe on another worker, and returns when all have returned.
///
/// All but the last are forked, and the last runs on this fiber; what no thief has taken follows
/// there, the newest first. A fork and join that no thief meets costs about as much as a call.
///
/// \param callables `f()` or `f(KernelContext)`, the latter to fork on. They are taken by
/// reference,
///   and each is called exactly once, also when the root is cancelled: long ones ask for
///   themselves.
/// \return a std::tuple of the results in the order of the callables, std::monostate where there
///   is none; nothing at all if none returns anything. References are returned as copies.
template <class... F>
requires(sizeof...(F) > 0 && (detail::Callable<F&> && ...))
    [[gnu::always_inline]] inline auto invoke(KernelContext t, F&&... callables) {
  if constexpr ((std::is_void_v<detail::CallResult<F&>> && ...)) {
    detail::invoke_all(t, callables...);
  } else {
    return detail::invoke_all(t, callables...);
  }
}

}  // namespace heddle
