#pragma once
// Says "fiber stack overflow" when a fiber runs into its guard, and then lets the process die.
//
// A fault elsewhere is none of our business: it goes on to whoever handled SIGSEGV before,
// as if we were not there.

#include <signal.h>

namespace heddle {

// Chains our SIGSEGV handler before the present one. Once a process; any thread.
void install_overflow_handler();

// A signal stack for the calling thread, which needs one because its own may be the full one.
class SignalStack {
 public:
  SignalStack();
  ~SignalStack();  // On the same thread.
  SignalStack(SignalStack const&) = delete;
  SignalStack& operator=(SignalStack const&) = delete;

 private:
  void* memory_;
  stack_t before_{};  // The address sanitizer gives threads one of its own, and wants it back.
};

}  // namespace heddle
