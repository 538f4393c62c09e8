// Mapping slabs, cutting them into fibers, and the per-thread pool above them.

#include "fiber/slabs.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <new>

#include "base/check.h"

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102  // Linux 6.13; absent from older headers.
#endif

namespace heddle {

namespace {

constexpr std::uint32_t kFibersPerSlab = 16;
constexpr std::size_t kLine = 64;

std::size_t page_bytes() {
  static std::size_t const bytes = std::size_t(sysconf(_SC_PAGESIZE));
  return bytes;
}

std::size_t round_up(std::size_t n, std::size_t unit) {
  return (n + unit - 1) / unit * unit;
}

// True if the kernel cannot read there: it is asked to look up a file of that name.
bool is_guarded(std::byte const* at) {
  return syscall(SYS_faccessat, AT_FDCWD, at, F_OK) != 0 && errno == EFAULT;
}

// An emulator (qemu-user) takes any advice and does nothing, so the first guard is tried out.
bool guard(std::byte* at) {
  static bool const by_advice = madvise(at, Fiber::kGuardBytes, MADV_GUARD_INSTALL) == 0 &&
                                is_guarded(at);
  if (by_advice && madvise(at, Fiber::kGuardBytes, MADV_GUARD_INSTALL) == 0) return true;
  return mprotect(at, Fiber::kGuardBytes, PROT_NONE) == 0;
}

}  // namespace

FiberSlabs::FiberSlabs(FiberSizes const& sizes)
    : sizes_(sizes),
      header_at_(Fiber::kGuardBytes + sizes.stack_bytes),
      block_bytes_(
          round_up(header_at_ + round_up(sizeof(Fiber), kLine) + sizes.tail_bytes, page_bytes())),
      slab_bytes_(kFibersPerSlab * block_bytes_ + Fiber::kGuardBytes) {
  CHECK(sizes.stack_bytes % page_bytes() == 0);
}

FiberSlabs::~FiberSlabs() {
  for (Fiber* fiber : fibers_) fiber->~Fiber();
  for (Slab const& slab : slabs_) munmap(slab.memory, slab_bytes_);
}

Fiber* FiberSlabs::make(Fiber::Body body) {
  LockGuard guarded(lock_);
  if ((slabs_.empty() || slabs_.back().used == kFibersPerSlab) && !grow()) return nullptr;
  Slab& slab = slabs_.back();
  std::byte* block = slab.memory + slab.used * block_bytes_;
  ++slab.used;
  auto id = std::uint32_t(fibers_.size());
  std::byte* header = block + header_at_;
  std::byte* tail = header + round_up(sizeof(Fiber), kLine);
  fibers_.push_back(new (header) Fiber(id, block + Fiber::kGuardBytes, sizes_, tail, body));
  return fibers_.back();
}

// Under the lock.
bool FiberSlabs::grow() {
  void* memory = mmap(nullptr, slab_bytes_, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  if (memory == MAP_FAILED) return false;
  // One touched byte must cost one page, not a huge one. Refused where there are none: fine.
  (void)madvise(memory, slab_bytes_, MADV_NOHUGEPAGE);
  auto* first = static_cast<std::byte*>(memory);
  // One below every block and one above the last: a block's upper guard is the next one's lower.
  for (std::uint32_t i = 0; i <= kFibersPerSlab; ++i) {
    if (guard(first + i * block_bytes_)) continue;
    munmap(memory, slab_bytes_);
    return false;
  }
  slabs_.push_back({first, 0});
  return true;
}

FiberPool::FiberPool(FiberSlabs& slabs, Fiber::Body body, std::uint32_t limit)
    : slabs_(slabs), body_(body), limit_(limit) {
  CHECK(limit > 0);
}

Fiber* FiberPool::take() {
  Fiber* fiber = free_;
  if (fiber != nullptr) {
    free_ = fiber->next;
    fiber->next = nullptr;
  } else if (made_ < limit_) {
    fiber = slabs_.make(body_);
    if (fiber != nullptr) ++made_;
  }
  if (fiber != nullptr) ++in_use_;
  return fiber;
}

void FiberPool::give(Fiber& fiber) {
  DCHECK(in_use_ > 0);
  --in_use_;
  fiber.next = free_;
  free_ = &fiber;
}

}  // namespace heddle
