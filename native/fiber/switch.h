#pragma once
// The context switch: the one thing in the core that C++ cannot say.
//
// A suspended fiber is just its stack pointer. Everything else it needs was pushed onto
// its own stack by heddle_switch, so a Context is one word and copying it is free. The
// pictures of what is pushed are in switch_x64.S and switch_arm64.S; switch.cc holds the
// same pictures as structs.
//
// Both files end in an indirect jump and not in a return: a return to an address that no
// call of this stack pushed is mispredicted every time (14 ns against 3 ns, measured).

#include <cstddef>
#include <cstdint>

namespace heddle {

struct Context {
  void* sp = nullptr;
};

using Entry = void (*)(void* arg);

extern "C" {
// Suspends the caller into *from and resumes `to`. Returns when someone switches back to
// *from. What the ABI calls callee-saved survives; see "Not saved" in the .S files.
void heddle_switch(heddle::Context* from, heddle::Context to);

// Where a new fiber first wakes: moves entry and arg into place and calls them.
void heddle_enter();
}

// A Context that runs entry(arg) on the stack [base, base + size) when first switched to.
// `entry` must never return: it has no caller to return to.
Context make_context(void* base, std::size_t size, Entry entry, void* arg);

}  // namespace heddle
