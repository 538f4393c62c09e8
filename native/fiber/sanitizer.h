#pragma once
// Tells the address and thread sanitizers which stack runs, at every switch.
//
// Order of calls around a switch, both on the stack that is running at that moment:
//
//     announce_leave(from, to);  heddle_switch(...);  announce_arrive(from);
//
// In ordinary builds the calls are empty and a StackIdentity is two words.

#include <cstddef>

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif
#if defined(__SANITIZE_THREAD__)
#include <sanitizer/tsan_interface.h>
#endif

namespace heddle {

// A stack as the sanitizers know it: a thread's own, or a fiber's.
struct StackIdentity {
  void const* low = nullptr;
  std::size_t bytes = 0;
#if defined(__SANITIZE_ADDRESS__)
  void* fake_stack = nullptr;
#endif
#if defined(__SANITIZE_THREAD__)
  void* tsan_fiber = nullptr;
#endif
};

// Names a new fiber's stack. Any thread.
inline void identify_fiber(StackIdentity& stack, void const* low, std::size_t bytes) {
  stack.low = low;
  stack.bytes = bytes;
#if defined(__SANITIZE_THREAD__)
  stack.tsan_fiber = __tsan_create_fiber(0);
#endif
}

// Forgets a fiber that will not be resumed. Any thread, but not on that fiber.
inline void forget_fiber([[maybe_unused]] StackIdentity& stack) {
#if defined(__SANITIZE_ADDRESS__)
  // Its last frames were never left: take their red zones away before the memory is reused.
  __asan_unpoison_memory_region(stack.low, stack.bytes);
#endif
#if defined(__SANITIZE_THREAD__)
  __tsan_destroy_fiber(stack.tsan_fiber);
#endif
}

inline void announce_leave([[maybe_unused]] StackIdentity& from,
                           [[maybe_unused]] StackIdentity const& to) {
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_start_switch_fiber(&from.fake_stack, to.low, to.bytes);
#endif
#if defined(__SANITIZE_THREAD__)
  __tsan_switch_to_fiber(to.tsan_fiber, 0);
#endif
}

inline void announce_arrive([[maybe_unused]] StackIdentity& self) {
#if defined(__SANITIZE_ADDRESS__)
  __sanitizer_finish_switch_fiber(self.fake_stack, nullptr, nullptr);
#endif
}

}  // namespace heddle
