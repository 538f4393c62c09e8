// Mapping slabs, cutting them into fibers, and the per-thread pool above them.

#include "fiber/slabs.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <new>

#include "base/atomic.h"
#include "base/check.h"

#ifndef MADV_GUARD_INSTALL
#define MADV_GUARD_INSTALL 102  // Linux 6.13; absent from older headers.
#endif

namespace heddle {

namespace {

constexpr std::uint32_t kFibersPerSlab = 16;
constexpr std::size_t kLine = 64;

std::size_t page_bytes() {
  return std::size_t(sysconf(_SC_PAGESIZE));
}

std::size_t round_up(std::size_t n, std::size_t unit) {
  return (n + unit - 1) / unit * unit;
}

// True if the kernel cannot read there: it is asked to look up a file of that name.
bool is_guarded(std::byte const* at) {
  return syscall(SYS_faccessat, AT_FDCWD, at, F_OK) != 0 && errno == EFAULT;
}

// Whether guards can be had by advice. No static in a function: a child of fork() would wait for
// ever for a thread that was finding it out.
enum class Advice : std::uint8_t { Untried, Works, Fails };
constinit Atomic<Advice> advice{Advice::Untried};

bool advise(std::byte* at) {
  return madvise(at, Fiber::kGuardBytes, MADV_GUARD_INSTALL) == 0;
}

// An emulator (qemu-user) takes any advice and does nothing, so the first guard is tried out.
bool guard(std::byte* at) {
  Advice known = advice.load(relaxed);
  if (known == Advice::Untried) {
    known = advise(at) && is_guarded(at) ? Advice::Works : Advice::Fails;
    advice.store(known, relaxed);
  }
  if (known == Advice::Works && advise(at)) return true;
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

FiberSizes FiberSlabs::touched() {
  FiberSizes most{0, 0};
  std::size_t const page = page_bytes();
  std::size_t const stack_pages = sizes_.stack_bytes / page;
  std::size_t const block_pages = block_bytes_ / page;
  std::vector<unsigned char> resident(slab_bytes_ / page);
  auto const is_resident = [&](std::size_t at) { return (resident[at] & 1) != 0; };
  LockGuard guarded(lock_);
  for (Slab const& slab : slabs_) {
    if (mincore(slab.memory, slab_bytes_, resident.data()) != 0) continue;
    for (std::size_t i = 0; i < slab.used; ++i) {
      std::size_t const low = i * block_pages + Fiber::kGuardBytes / page;
      std::size_t const middle = low + stack_pages;
      std::size_t first = low;
      while (first < middle && !is_resident(first)) ++first;
      std::size_t last = (i + 1) * block_pages;
      while (last > middle && !is_resident(last - 1)) --last;
      most.stack_bytes = std::max(most.stack_bytes, (middle - first) * page);
      most.tail_bytes = std::max(most.tail_bytes, (last - middle) * page);
    }
  }
  return most;
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
  } else if (can_take()) {
    fiber = slabs_.make(body_);
    if (fiber != nullptr) ++made_;
    is_starved_ = fiber == nullptr;
  }
  if (fiber != nullptr) ++in_use_;
  return fiber;
}

void FiberPool::give(Fiber& fiber) {
  DCHECK(in_use_ > 0);
  --in_use_;
  ask_again();
  fiber.next = free_;
  free_ = &fiber;
}

}  // namespace heddle
