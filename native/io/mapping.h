#pragma once
// A file in memory: its bytes, with changes of our own that the file never sees.
//
// A page that is not written to shows what the file has at the time, whoever changes it. One that
// the file loses is zeros from then on, with what was written to it: see bus_error.h. M1 is the
// caller's: whoever touches the bytes has a share of the Mapping.

#include <cstddef>
#include <cstdint>
#include <memory>

#include "base/result.h"
#include "io/bus_error.h"
#include "io/io.h"

namespace heddle {

// What the kernel is told of how it will be read.
enum class Advice : std::uint8_t { Normal, Sequential, Random };
inline constexpr std::size_t kAdviceCount = 3;

class Mapping {
 public:
  // The largest file; more is EFBIG.
  static constexpr std::size_t kBytesMax = MappedFileRanges::kBytesMax;

  // The whole of an open file, which may be closed then. EISDIR or ENODEV: it is none that can be
  // mapped. EFBIG: it has more than `bytes_max`.
  static Result<std::shared_ptr<Mapping>> map(int fd, std::size_t bytes_max, Advice advice);

  ~Mapping();
  Mapping(Mapping const&) = delete;
  Mapping& operator=(Mapping const&) = delete;

  std::byte* data() const { return data_; }  // Null where there are no bytes.
  std::size_t size() const { return size_; }

  // Some bytes could not be had, and are zeros, or will be when they are read. Any thread.
  bool is_cut() const { return data_ != nullptr && mapped_file_ranges.has_missed(range_); }
  void set_cut() { mapped_file_ranges.miss(range_); }

  // It is never unmapped: somebody may have the bytes who has no share. Before the last share goes.
  void keep_for_ever() { is_kept_ = true; }

 private:
  Mapping(std::byte* data, std::size_t size, std::uint32_t range)
      : data_(data), size_(size), range_(range) {}

  friend void let_go(Io& io, std::shared_ptr<Mapping> mapping);

  std::byte* data_;
  std::size_t const size_;
  std::uint32_t const range_;  // In mapped_file_ranges, where there are bytes.
  bool is_kept_ = false;
};

// Gives up a share. If it is the last one, and the file is large, it is unmapped by another thread:
// that takes some 50 ms a gigabyte. Any thread.
void let_go(Io& io, std::shared_ptr<Mapping> mapping);

// Brings a part of it into memory, as far as it is there. On a fiber, which is suspended meanwhile.
Result<void> prefetch(Io& io, Mapping& mapping, std::size_t offset, std::size_t length);

}  // namespace heddle
