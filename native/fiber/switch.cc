// The first frame of a new fiber: what heddle_switch pops when it is resumed for the first time.

#include "fiber/switch.h"

#include <cstring>

#include "base/check.h"

namespace heddle {

namespace {

#if defined(__x86_64__)

// What heddle_switch pops, in the order of the picture in switch_x64.S.
struct Frame {
  std::uint64_t r15, r14;
  Entry entry;  // r13
  void* arg;    // r12
  std::uint64_t rbx, rbp;
  void (*resume_at)();
};
static_assert(offsetof(Frame, entry) == 16);
static_assert(offsetof(Frame, arg) == 24);
static_assert(offsetof(Frame, resume_at) == 48);
static_assert(sizeof(Frame) == 56);

#elif defined(__aarch64__)

// What heddle_switch loads, in the order of the picture in switch_arm64.S.
struct Frame {
  Entry entry;  // x19
  void* arg;    // x20
  std::uint64_t x21_to_x28[8];
  std::uint64_t x29;
  void (*resume_at)();  // x30
  std::uint64_t d8_to_d15[8];
};
static_assert(offsetof(Frame, arg) == 8);
static_assert(offsetof(Frame, resume_at) == 88);
static_assert(offsetof(Frame, d8_to_d15) == 96);
static_assert(sizeof(Frame) == 160);

#else
#error "no context switch for this architecture"
#endif

constexpr std::size_t kStackBytesMin = 4096;

}  // namespace

Context make_context(void* base, std::size_t size, Entry entry, void* arg) {
  CHECK(size >= kStackBytesMin);
  CHECK(entry != nullptr);
  // Popping the frame leaves sp at `top`: 16-byte aligned, as heddle_enter's own call needs it.
  auto top = (reinterpret_cast<std::uintptr_t>(base) + size) & ~std::uintptr_t{15};
  auto* frame = reinterpret_cast<Frame*>(top - sizeof(Frame));
  std::memset(frame, 0, sizeof(Frame));
  frame->entry = entry;
  frame->arg = arg;
  frame->resume_at = heddle_enter;
  return Context{frame};
}

}  // namespace heddle
