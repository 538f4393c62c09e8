// Free buffers by their size, a power of two; larger ones are not kept.

#include "io/buffer_pool.h"

#include <algorithm>
#include <bit>
#include <cstdlib>

#include "base/lock.h"

namespace heddle {

namespace {

constexpr std::size_t kKeptMax = std::size_t{1} << 20;   // Of one.
constexpr std::size_t kHeldMax = std::size_t{16} << 20;  // Of all that are free.
constexpr std::size_t kSizes = std::bit_width(kKeptMax / PooledBuffer::kAlignment);

// While it is free, at its beginning.
struct Free {
  Free* next;
};

struct Pool {
  Lock lock;
  Free* free[kSizes] = {};
  std::size_t held = 0;  // Bytes
};

// Never destroyed: threads may outlive static objects.
Pool& pool() {
  static auto& all = *new Pool;
  return all;
}

std::size_t index_of(std::size_t capacity) {
  return std::bit_width(capacity / PooledBuffer::kAlignment) - 1;
}

}  // namespace

PooledBuffer PooledBuffer::take(std::size_t bytes) {
  std::size_t const pages = (std::max(bytes, std::size_t{1}) + kAlignment - 1) / kAlignment;
  if (pages * kAlignment > kKeptMax) {
    std::size_t const capacity = pages * kAlignment;
    return {static_cast<std::byte*>(std::aligned_alloc(kAlignment, capacity)), capacity};
  }
  std::size_t const capacity = std::bit_ceil(pages) * kAlignment;
  Pool& all = pool();
  {
    LockGuard const guard(all.lock);
    if (Free*& first = all.free[index_of(capacity)]; first != nullptr) {
      all.held -= capacity;
      return {reinterpret_cast<std::byte*>(std::exchange(first, first->next)), capacity};
    }
  }
  return {static_cast<std::byte*>(std::aligned_alloc(kAlignment, capacity)), capacity};
}

void PooledBuffer::give_back(std::byte* data, std::size_t capacity) {
  if (data == nullptr) return;
  if (capacity <= kKeptMax) {
    Pool& all = pool();
    LockGuard const guard(all.lock);
    if (all.held + capacity <= kHeldMax) {
      all.held += capacity;
      Free*& first = all.free[index_of(capacity)];
      first = new (data) Free{first};
      return;
    }
  }
  std::free(data);
}

}  // namespace heddle
