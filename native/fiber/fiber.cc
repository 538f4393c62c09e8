// Entering and leaving a fiber.

#include "fiber/fiber.h"

#include <pthread.h>

#include "base/check.h"

namespace heddle {

namespace {

// Read by the overflow handler, so it must be reachable from a signal: initial-exec, one word.
constinit thread_local Fiber* running_fiber = nullptr;

}  // namespace

Host::Host() {
#if defined(__SANITIZE_ADDRESS__)
  // Nobody else asks where it lies, and to find out takes memory, which there may be none of.
  pthread_attr_t attributes;
  CHECK(pthread_getattr_np(pthread_self(), &attributes) == 0);
  void* low = nullptr;
  CHECK(pthread_attr_getstack(&attributes, &low, &stack_.bytes) == 0);
  stack_.low = low;
  pthread_attr_destroy(&attributes);
#endif
#if defined(__SANITIZE_THREAD__)
  stack_.tsan_fiber = __tsan_get_current_fiber();
#endif
}

Fiber::Fiber(std::uint32_t id, void* stack_low, FiberSizes const& sizes, void* tail, Body body)
    : body_(body), tail_(tail), id_(id) {
  identify_fiber(stack_, stack_low, sizes.stack_bytes);
  // Tops a few cache lines apart, or every fiber's hot frames fall on the same sets of the L1.
  std::size_t offset = (id % 16) * 3 * 64;
  context_ = make_context(stack_low, sizes.stack_bytes - offset, run, this);
}

Fiber::~Fiber() {
  DCHECK(running_fiber != this);
  forget_fiber(stack_);
}

void Fiber::enter(Host& host) {
  DCHECK(running_fiber == nullptr);  // F2
  host_ = &host;
  running_fiber = this;
  announce_leave(host.stack_, stack_);
  heddle_switch(&host.context_, context_);
  announce_arrive(host.stack_);
  running_fiber = nullptr;
}

void Fiber::leave() {
  DCHECK(running_fiber == this);  // F2
  announce_leave(stack_, host_->stack_);
  heddle_switch(&context_, host_->context_);
  announce_arrive(stack_);
}

Fiber* Fiber::running() {
  return running_fiber;
}

std::size_t Fiber::stack_bytes_left() const {
  auto here = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
  return here - reinterpret_cast<std::uintptr_t>(stack_.low);
}

bool Fiber::is_overflow(void const* address) const {
  auto low = reinterpret_cast<std::uintptr_t>(stack_.low);
  auto at = reinterpret_cast<std::uintptr_t>(address);
  return at < low && low - at <= kGuardBytes;
}

void Fiber::run(void* self) {
  auto& fiber = *static_cast<Fiber*>(self);
  announce_arrive(fiber.stack_);
  fiber.body_(fiber);
  CHECK(!"a fiber's body returned");  // F3
  __builtin_unreachable();
}

}  // namespace heddle
