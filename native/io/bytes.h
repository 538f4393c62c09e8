#pragma once
// Bytes on the heap, of a size found out while reading: grows in place, fails as a value.

#include <cstddef>
#include <cstdlib>
#include <span>
#include <utility>

#include "base/check.h"

namespace heddle {

class Bytes {
 public:
  Bytes() = default;
  ~Bytes() { std::free(data_); }
  Bytes(Bytes&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)),
        size_(std::exchange(other.size_, 0)),
        capacity_(std::exchange(other.capacity_, 0)) {}
  Bytes& operator=(Bytes&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(size_, other.size_);
    std::swap(capacity_, other.capacity_);
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

  // Makes the capacity `bytes`, not less than the size. False when there is no memory.
  [[nodiscard]] bool reserve(std::size_t bytes) {
    CHECK(bytes >= size_ && bytes > 0);
    void* const moved = std::realloc(data_, bytes);
    if (moved == nullptr) return false;
    data_ = static_cast<std::byte*>(moved);
    capacity_ = bytes;
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
};

}  // namespace heddle
