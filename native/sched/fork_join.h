#pragma once
// Fork and join for code that was not handed a context: it is found through the thread.
//
//   heddle::fork(f);             // f may run on another worker from here on
//   auto b = g();                // meanwhile
//   auto a = heddle::join<F>();  // the result of the newest fork that was not joined yet
//
// The callable is copied into the task record. KernelContext costs less: a thread-local is read
// here each time.

#include "sched/kernel_context.h"

namespace heddle {

namespace detail {

template <class F>
std::invoke_result_t<F&> call_copy(KernelContext, F f) {
  return f();
}

}  // namespace detail

// Makes f() a child that others may run. On a fiber only.
template <class F>
void fork(F const& f) {
  KernelContext::current().fork<detail::call_copy<F>>(f);
}

// The result of the newest child, which was forked as an F. On the fiber that forked it.
template <class F>
std::invoke_result_t<F&> join() {
  return KernelContext::current().join<detail::call_copy<F>>();
}

}  // namespace heddle
