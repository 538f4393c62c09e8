#pragma once
// The only door to atomics.
//
// Every shared word in the core is a heddle::Atomic, never a bare std::atomic, so
// that one source can be built twice: for real, and under HEDDLE_MODEL, where each
// operation becomes a step of the model checker in test/native/model. The order is
// always written out; anything stronger than relaxed says what it pairs with.

#include <atomic>

#ifdef HEDDLE_MODEL
#include "model/atomic.h"
#include "model/fence.h"
#include "model/plain.h"
#endif

namespace heddle {

inline constexpr auto relaxed = std::memory_order_relaxed;
inline constexpr auto acquire = std::memory_order_acquire;
inline constexpr auto release = std::memory_order_release;
inline constexpr auto acq_rel = std::memory_order_acq_rel;
inline constexpr auto seq_cst = std::memory_order_seq_cst;

#ifdef HEDDLE_MODEL

template <class T>
using Atomic = model::Atomic<T>;
template <class T>
using Plain = model::Plain<T>;
using model::compiler_barrier;
using model::fence;

#else

template <class T>
using Atomic = std::atomic<T>;

// Memory that threads hand to one another through some Atomic: a T, but the model checks that
// every hand-over happens before the next access.
template <class T>
using Plain = T;

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wtsan"  // Known: the thread sanitizer sees no fences.
#endif

// Orders the caller's own accesses, as std::atomic_thread_fence. Any thread.
inline void fence(std::memory_order order) {
  std::atomic_thread_fence(order);
}

#if defined(__GNUC__) && !defined(__clang__)
#pragma GCC diagnostic pop
#endif

// Stops the compiler, not the processor, from moving accesses across it: the free
// half of an asymmetric fence whose dear half is membarrier(). Any thread.
inline void compiler_barrier() {
  std::atomic_signal_fence(seq_cst);
}

#endif

}  // namespace heddle
