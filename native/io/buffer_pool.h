#pragma once
// Memory for the kernel to read into and write from: whole pages, kept for the next one.
//
// O_DIRECT wants it aligned, and fresh memory costs a page fault for each 4 KiB of it, which is as
// much as copying them.

#include <cstddef>
#include <utility>

#include "base/check.h"

namespace heddle {

// Owned by one; pages are kept for all of the process.
class PooledBuffer {
 public:
  static constexpr std::size_t kAlignment = 4096;

  PooledBuffer() = default;
  PooledBuffer(PooledBuffer&& other) noexcept
      : data_(std::exchange(other.data_, nullptr)), capacity_(other.capacity_) {}
  PooledBuffer& operator=(PooledBuffer&& other) noexcept {
    std::swap(data_, other.data_);
    std::swap(capacity_, other.capacity_);
    return *this;
  }
  ~PooledBuffer() { give_back(data_, capacity_); }

  // Room for so many bytes; empty when there is no memory. Any thread.
  static PooledBuffer take(std::size_t bytes);

  bool is_empty() const { return data_ == nullptr; }
  std::byte* data() const { return data_; }
  std::size_t capacity() const { return capacity_; }

  // Gives the memory up: whoever takes it calls give_back().
  std::byte* release() { return std::exchange(data_, nullptr); }

  // Null does no harm. Any thread.
  static void give_back(std::byte* data, std::size_t capacity);

 private:
  PooledBuffer(std::byte* data, std::size_t capacity) : data_(data), capacity_(capacity) {}

  std::byte* data_ = nullptr;
  std::size_t capacity_ = 0;
};

}  // namespace heddle
