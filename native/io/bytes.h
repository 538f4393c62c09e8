#pragma once
// Bytes on the heap, of a size found out while reading: grows in place, fails as a value. Or in
// memory of somebody else's, and then they do not grow.

#include <sys/mman.h>

#include <cstddef>
#include <cstdlib>
#include <span>
#include <utility>

#include "base/check.h"

namespace heddle {

class Bytes {
 public:
  Bytes() = default;
  ~Bytes() {
    if (is_own_) std::free(data_);
  }

  // In place of memory of its own.
  static Bytes over(std::span<std::byte> memory) {
    Bytes bytes;
    bytes.data_ = memory.data();
    bytes.capacity_ = memory.size();
    bytes.is_own_ = false;
    return bytes;
  }
  Bytes(Bytes&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)),
        size_(std::exchange(other.size_, 0)),
        capacity_(std::exchange(other.capacity_, 0)),
        is_own_(std::exchange(other.is_own_, true)) {}
  Bytes& operator=(Bytes&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
    std::swap(is_own_, other.is_own_);
    return *this;
  }

  std::byte* data() { return data_; }
  std::byte const* data() const { return data_; }
  std::size_t size() const { return size_; }
  std::span<std::byte const> span() const { return {data_, size_}; }

  // What can be written behind the bytes.
  std::byte* end() { return data_ + size_; }
  std::size_t room() const { return capacity_ - size_; }

  // Takes over what was written at end().
  void extend(std::size_t count) {
    CHECK(count <= room());
    size_ += count;
  }

  bool is_own() const { return is_own_; }

  // Makes the capacity `bytes`, not less than the size. False when there is no memory. Their own.
  [[nodiscard]] bool reserve(std::size_t bytes) {
    CHECK(is_own_ && bytes >= size_ && bytes > 0);
    void* const moved = std::realloc(data_, bytes);
    if (moved == nullptr) return false;
    data_ = static_cast<std::byte*>(moved);
    capacity_ = bytes;
    return true;
  }

  // The same for the first bytes, for a disk to write to: whole pages, and huge ones for many, of
  // which the kernel has a five hundredth to make.
  [[nodiscard]] bool reserve_pages(std::size_t bytes) {
    constexpr std::size_t kPage = 4096;
    constexpr std::size_t kHuge = std::size_t{2} << 20;
    CHECK(is_own_ && data_ == nullptr && bytes > 0);
    std::size_t const alignment = bytes < 2 * kHuge ? kPage : kHuge;
    std::size_t const whole = (bytes + kPage - 1) / kPage * kPage;
    void* data = nullptr;
    if (posix_memalign(&data, alignment, whole) != 0) return false;
    if (alignment == kHuge) (void)madvise(data, whole, MADV_HUGEPAGE);
    data_ = static_cast<std::byte*>(data);
    capacity_ = whole;
    return true;
  }

  // Gives the memory up; whoever takes it calls std::free.
  std::byte* release() {
    size_ = capacity_ = 0;
    return std::exchange(data_, nullptr);
  }

 private:
  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
  bool is_own_ = true;
};

}  // namespace heddle
