// mmap(2) and what comes before and after it.

#include "io/mapping.h"

#include <linux/magic.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "io/await.h"

namespace heddle {

namespace {

// Of one operation: other operations get their turn in between, as there are few threads.
constexpr std::size_t kPartBytes = 8 * 1024 * 1024;

// Unreserved: only pages that are written to take memory, and a file may be larger than that.
constexpr int kFlags = MAP_PRIVATE | MAP_NORESERVE;

std::size_t page_bytes() {
  return static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

std::size_t in_pages(std::size_t bytes) {
  return (bytes + page_bytes() - 1) / page_bytes() * page_bytes();
}

// The size of a file, if it is one whose pages can be mapped and replaced.
Result<std::size_t> size_of(int fd, std::size_t bytes_max) {
  struct stat facts;
  struct statfs system;
  if (fstat(fd, &facts) != 0 || fstatfs(fd, &system) != 0) return last_error();
  if (S_ISDIR(facts.st_mode)) return Errno{EISDIR};
  // Others have no size. Huge pages cannot be replaced one by one.
  if (!S_ISREG(facts.st_mode) || system.f_type == HUGETLBFS_MAGIC) return Errno{ENODEV};
  auto const size = static_cast<std::size_t>(facts.st_size);
  if (size > std::min(bytes_max, Mapping::kBytesMax)) return Errno{EFBIG};
  return size;
}

Result<std::byte*> map_pages(int fd, std::size_t bytes) {
  void* const memory = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, kFlags, fd, 0);
  if (memory == MAP_FAILED) return last_error();
  return static_cast<std::byte*>(memory);
}

// It may fail where the process can have no more mappings, as it splits one: then they stay.
void unmap(std::byte* data, std::size_t bytes) {
  (void)munmap(data, bytes);
}

// Less takes no longer than it does to ask for it.
constexpr std::size_t kUnmapHereMax = 1024 * 1024;

struct Unmapping : Operation {
  Unmapping(std::byte* data, std::size_t bytes) {
    set_unmap(data, bytes);
    done = [](Operation& self) -> Fiber* {
      auto& over = static_cast<Unmapping&>(self);
      // No engine takes it any more, or there is no thread to be had.
      if (over.result < 0) unmap(static_cast<std::byte*>(over.buffer), over.length);
      delete &over;
      return nullptr;
    };
  }
};

// Only advice: there are kernels that take none.
void advise(std::byte* data, std::size_t bytes, Advice advice) {
  if (advice == Advice::Sequential) (void)madvise(data, bytes, MADV_SEQUENTIAL);
  if (advice == Advice::Random) (void)madvise(data, bytes, MADV_RANDOM);
}

}  // namespace

Result<std::shared_ptr<Mapping>> Mapping::map(int fd, std::size_t bytes_max, Advice advice) {
  auto const size = size_of(fd, bytes_max);
  if (!size.ok()) return size.error();
  // What is in /proc has no size either, but cannot be mapped: a page of an empty file can be.
  std::size_t const bytes = in_pages(std::max<std::size_t>(size.value(), 1));
  install_bus_error_handler();
  auto const mapped = map_pages(fd, bytes);
  if (!mapped.ok()) return mapped.error();
  std::byte* const data = mapped.value();
  if (size.value() == 0) {
    unmap(data, bytes);
    return std::shared_ptr<Mapping>(new Mapping(nullptr, 0, 0));
  }
  advise(data, bytes, advice);
  auto const range = mapped_file_ranges.add(reinterpret_cast<std::uintptr_t>(data), bytes);  // M2
  if (!range) {
    unmap(data, bytes);
    return Errno{ENOMEM};  // As the kernel says where there are too many.
  }
  return std::shared_ptr<Mapping>(new Mapping(data, size.value(), *range));
}

Mapping::~Mapping() {
  if (data_ == nullptr || is_kept_) return;
  mapped_file_ranges.remove(range_);  // M2
  unmap(data_, in_pages(size_));
}

void let_go(Io& io, std::shared_ptr<Mapping> mapping) {
  if (mapping->data_ == nullptr || mapping->is_kept_) return;
  if (mapping.use_count() > 1 || mapping->size_ <= kUnmapHereMax) return;
  mapped_file_ranges.remove(mapping->range_);  // M2
  std::byte* const data = std::exchange(mapping->data_, nullptr);
  io.submit(*new Unmapping(data, in_pages(mapping->size_)));
}

Result<void> prefetch(Io& io, Mapping& mapping, std::size_t offset, std::size_t length) {
  CHECK(offset <= mapping.size() && length <= mapping.size() - offset);
  std::size_t const end = offset + length;
  for (std::size_t at = offset / page_bytes() * page_bytes(); at < end; at += kPartBytes) {
    Awaited operation;
    operation.set_populate(mapping.data() + at, std::min(end - at, kPartBytes));
    auto const done = operation.finish(io);
    if (done.ok()) continue;
    if (done.error() != Errno{EFAULT}) return done;
    mapping.set_cut();
  }
  return {};
}

}  // namespace heddle
