#pragma once
/// \file
/// Starting a scheduler and running a function on its workers.
///
///     auto started = heddle::Scheduler::start({.threads = 4});
///     if (!started.ok()) return started.error();
///     heddle::Scheduler& scheduler = *started.value();
///     long f = heddle::run(scheduler, [](heddle::KernelContext t) { return fib(t, 40); });
///     scheduler.stop();

#include <optional>
#include <type_traits>

#include "base/futex.h"
#include "heddle/kernel_context.h"
#include "sched/running.h"
#include "sched/scheduler.h"

namespace heddle {

/// How a root function is run.
struct RunOptions {
  Lane lane = Lane::Normal;
  StackClass stack = StackClass::Normal;
  /// Once true, KernelContext::is_cancelled() says so in all that the function forks. Must outlive
  /// the call.
  Atomic<bool> const* cancel = nullptr;
};

namespace detail {

template <class F>
decltype(auto) call_root(F& f) {
  if constexpr (std::is_invocable_v<F&, KernelContext>) {
    return f(KernelContext::current());
  } else {
    return f();
  }
}

template <class F>
using RootResult = std::decay_t<decltype(call_root(std::declval<F&>()))>;

// A call of f that the thread which makes it waits for.
template <class F>
struct Call : Job {
  using Result = RootResult<F>;

  Call(F& of, RunOptions const& options)
      : Job(run, Kind::Root, options.lane, options.stack), f(of), cancel(options.cancel) {}

  static Job* run(Job& self) {
    auto& call = static_cast<Call&>(self);
    running_tasks->inherit(call.lane, call.cancel);
    if constexpr (std::is_void_v<Result>) {
      call_root(call.f);
    } else {
      call.result.emplace(call_root(call.f));
    }
    // Release pairs with the wait in heddle::run(): what f() did. The call may be gone next.
    call.done.store(1, release);
    futex_wake(call.done, 1);
    return nullptr;
  }

  F& f;
  Atomic<bool> const* cancel;
  std::optional<std::conditional_t<std::is_void_v<Result>, char, Result>> result;
  Atomic<std::uint32_t> done{0};
};

}  // namespace detail

/// Runs f(KernelContext), or f(), on a fiber of the scheduler, waits for its end, and returns its
/// result. Any thread but a worker of a scheduler, which would wait for itself.
template <class F>
auto run(Scheduler& scheduler, F&& f, RunOptions const& options = {}) {
  CHECK(Worker::current() == nullptr);
  detail::Call<std::remove_reference_t<F>> call(f, options);
  scheduler.submit(call);
  // Acquire pairs with Call::run().
  while (call.done.load(acquire) == 0) futex_wait(call.done, 0);
  if constexpr (!std::is_void_v<typename decltype(call)::Result>) return std::move(*call.result);
}

}  // namespace heddle
