#pragma once
/// \file
/// How the algorithms call what they are given: with the context in front, where it is wanted.

#include <concepts>
#include <type_traits>

#include "heddle/kernel_context.h"

namespace heddle::detail {

template <class F, class... Args>
concept TakesContext = std::invocable<F, KernelContext, Args...>;

/// F can be called with Args, or with a KernelContext and Args.
template <class F, class... Args>
concept Callable = TakesContext<F, Args...> || std::invocable<F, Args...>;

// f(t, args...), so that it can fork, or f(args...).
template <class F, class... Args>
requires Callable<F&, Args...>
[[gnu::always_inline]] inline decltype(auto) call(F& f, KernelContext t, Args... args) {
  if constexpr (TakesContext<F&, Args...>) {
    return f(t, args...);
  } else {
    return f(args...);
  }
}

template <class F, class... Args>
using CallResult = decltype(call(std::declval<F&>(), std::declval<KernelContext>(),
                                 std::declval<Args>()...));

}  // namespace heddle::detail
