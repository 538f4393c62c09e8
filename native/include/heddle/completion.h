#pragma once
/// \file
/// What native code signals when work of its own is done: the other end of JavaScript's
/// `Completion`.
///
/// A program gives `completion.pointer` to an addon, a BigInt that is the address of one of these.
/// Nothing has to be linked: the functions are in it. C and C++.

#ifdef __cplusplus
extern "C" {
#endif

/// One promise to signal. Its layout will not change.
typedef struct heddle_completion {
  void (*signal)(struct heddle_completion* self);
} heddle_completion;

/// Signals it, and gives it up: exactly once for each time that `pointer` was read, and from then
/// on the address means nothing. It may come after the scheduler and the thread that made it have
/// ended; then nothing happens. One that is never signalled keeps some 200 bytes.
///
/// Any thread, also one of a driver's. It takes no lock and no memory, and does not block.
static inline void heddle_signal(heddle_completion* completion) {
  completion->signal(completion);
}

#ifdef __cplusplus
}
#endif
