// Memory for arrays: large blocks are used again, as their pages cost more than what is done with
// them.

#include "flow/array_data.h"

#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <map>
#include <vector>

#include "base/check.h"
#include "base/lock.h"

namespace heddle {

namespace {

constexpr std::size_t kAlignment = 64;
constexpr std::size_t kHugePage = std::size_t{2} << 20;
// From here on blocks are mapped by themselves, so that they can be given back.
constexpr std::size_t kLarge = std::size_t{256} << 10;
// From here on they are kept: what malloc gets back it gives back to the system, page by page.
constexpr std::size_t kPage = 4096;
constexpr std::size_t kKeptAlways = std::size_t{32} << 20;

// An eighth of a power of two at most is lost.
std::size_t round_up(std::size_t bytes) {
  std::size_t const step = bytes < kPage ? kAlignment : std::bit_floor(bytes) / 8;
  return std::max(step, (bytes + step - 1) / step * step);
}

// Blocks of a page or more. Those that are free are kept by size, two thirds of the bytes in use:
// enough for whoever makes results of results.
class Blocks {
 public:
  std::byte* take(std::size_t size) {
    {
      LockGuard guarded(lock_);
      in_use_ += size;
      auto const found = free_.find(size);
      if (found != free_.end() && !found->second.empty()) {
        std::byte* const data = found->second.back();
        found->second.pop_back();
        kept_ -= size;
        return data;
      }
    }
    if (std::byte* const data = map(size)) return data;
    unmap_all();  // What is kept may be all there is, in another size.
    std::byte* const data = map(size);
    if (data != nullptr) return data;
    LockGuard guarded(lock_);
    in_use_ -= size;
    return nullptr;
  }

  void give(std::byte* data, std::size_t size) {
    {
      LockGuard guarded(lock_);
      in_use_ -= size;
      if (kept_ + size <= std::max(kKeptAlways, in_use_ / 3 * 2)) {
        free_[size].push_back(data);
        kept_ += size;
        return;
      }
    }
    unmap(data, size);
  }

 private:
  static std::byte* map(std::size_t size) {
    if (size < kLarge) return static_cast<std::byte*>(std::aligned_alloc(kAlignment, size));
    void* const data = mmap(nullptr, size, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | (size < 2 * kHugePage ? MAP_POPULATE : 0),
                            -1, 0);
    if (data == MAP_FAILED) return nullptr;
    // A wish: without it the pages are small ones.
    if (size >= 2 * kHugePage) (void)madvise(data, size, MADV_HUGEPAGE);
    return static_cast<std::byte*>(data);
  }

  static void unmap(std::byte* data, std::size_t size) {
    if (size < kLarge) {
      std::free(data);
    } else {
      CHECK(munmap(data, size) == 0);
    }
  }

  void unmap_all() {
    LockGuard guarded(lock_);
    for (auto& [size, blocks] : free_) {
      for (std::byte* data : blocks) unmap(data, size);
    }
    free_.clear();
    kept_ = 0;
  }

  Lock lock_;
  std::map<std::size_t, std::vector<std::byte*>> free_;
  std::size_t kept_ = 0;
  std::size_t in_use_ = 0;
};

// Never destroyed: threads may still give blocks back when the program ends.
Blocks& blocks() {
  static Blocks& blocks = *new Blocks;
  return blocks;
}

}  // namespace

ArrayData* make_array(std::size_t bytes) {
  std::size_t const size = round_up(bytes);
  std::byte* const data = size >= kPage
                              ? blocks().take(size)
                              : static_cast<std::byte*>(std::aligned_alloc(kAlignment, size));
  if (data == nullptr) return nullptr;
  auto* array = new ArrayData;
  array->data = data;
  array->bytes = bytes;
  return array;
}

ArrayData* borrow_array(std::byte* data, std::size_t bytes, Inbox<ArrayData>& lender) {
  auto* array = new ArrayData;
  array->data = data;
  array->bytes = bytes;
  array->lender = &lender;
  return array;
}

ArrayData* hold(ArrayData* array) {
  if (array != nullptr) array->holders.fetch_add(1, relaxed);
  return array;
}

void drop(ArrayData* array) {
  if (array == nullptr) return;
  // Release: our last touch of the elements. Acquire, for the last: everybody else's.
  if (array->holders.fetch_sub(1, acq_rel) != 1) return;
  if (array->lender != nullptr) {
    (void)array->lender->push(*array);  // Its owner looks when it has time.
    return;
  }
  std::size_t const size = round_up(array->bytes);
  if (size >= kPage) {
    blocks().give(array->data, size);
  } else {
    std::free(array->data);
  }
  delete array;
}

}  // namespace heddle
