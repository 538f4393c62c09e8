#pragma once
/// \file
/// Memory that an algorithm needs for as long as it runs.

#include <sys/mman.h>

#include <cstddef>
#include <cstdint>
#include <new>

namespace heddle::detail {

// Room for n Ts, not initialised, or nullptr: n is 0, or there is no memory.
template <class T>
class Spare {
 public:
  explicit Spare(std::size_t n) : data_(allocate(n)) {}
  ~Spare() { ::operator delete (data_, std::align_val_t{kAlignment}); }
  Spare(Spare const&) = delete;
  Spare& operator=(Spare const&) = delete;

  T* data() { return data_; }

 private:
  static constexpr std::size_t kLine = 64;
  static constexpr std::size_t kAlignment = alignof(T) < kLine ? kLine : alignof(T);
  static constexpr std::size_t kPage = 4096;
  static constexpr std::size_t kLargeBytes = std::size_t{4} << 20;

  static T* allocate(std::size_t n) {
    std::size_t bytes;
    if (n == 0 || __builtin_mul_overflow(n, sizeof(T), &bytes)) return nullptr;
    void* const data = ::operator new (bytes, std::align_val_t{kAlignment}, std::nothrow);
    if (data != nullptr && bytes >= kLargeBytes) want_huge_pages(data, bytes);
    return static_cast<T*>(data);
  }

  // First touches of small pages were a quarter of the time of a sort.
  static void want_huge_pages(void* data, std::size_t bytes) {
    auto const begin = (reinterpret_cast<std::uintptr_t>(data) + kPage - 1) / kPage * kPage;
    auto const end = (reinterpret_cast<std::uintptr_t>(data) + bytes) / kPage * kPage;
    // Fails where the system has none: slower, but right.
    (void)madvise(reinterpret_cast<void*>(begin), end - begin, MADV_HUGEPAGE);
  }

  T* const data_;
};

}  // namespace heddle::detail
