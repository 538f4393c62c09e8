// The files that are read: made, checked, and put into the page cache or out of it.
#include "file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <numeric>
#include <vector>

namespace io_bench {
namespace {

constexpr std::size_t kChunk = 1 << 20;

bool is_folder(std::string const& path) {
  struct stat facts;
  checked(stat(path.c_str(), &facts), path.c_str());
  return S_ISDIR(facts.st_mode);
}

void write_words(int fd, std::uint32_t first, std::size_t bytes) {
  std::vector<std::uint32_t> words(bytes / 4);
  std::iota(words.begin(), words.end(), first);
  if (write(fd, words.data(), bytes) != ssize_t(bytes)) fail("write", errno);
}

// The share of the file that is in the page cache.
double resident_share(int fd) {
  std::size_t const bytes = bytes_of(fd);
  void* const map = mmap(nullptr, bytes, PROT_READ, MAP_SHARED, fd, 0);
  checked(std::int64_t(map), "mmap");
  std::vector<unsigned char> pages((bytes + kPage - 1) / kPage);
  checked(mincore(map, bytes, pages.data()), "mincore");
  munmap(map, bytes);
  auto const is_resident = [](unsigned char page) { return (page & 1) != 0; };
  return double(std::count_if(pages.begin(), pages.end(), is_resident)) / double(pages.size());
}

void warm_one(std::string const& path) {
  int const fd = open_to_read(path, false);
  std::vector<char> bytes(kChunk);
  // Short of memory, or with somebody else who empties the cache, some of it may be gone again.
  for (int tries = 0; resident_share(fd) < 1 && tries < 3; ++tries) {
    for (off_t at = 0; checked(pread(fd, bytes.data(), kChunk, at), "pread") > 0;) at += kChunk;
  }
  if (resident_share(fd) < 0.99) fail("the page cache does not keep the file", ENOMEM);
  close(fd);
}

void evict_one(std::string const& path) {
  int const fd = open_to_read(path, false);
  posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
  // Tmpfs keeps it, and so does who has it mapped or writes it.
  if (resident_share(fd) > 0.01) skip("the page cache keeps the file, as in tmpfs");
  close(fd);
}

template <class Each>
void for_all(Options const& options, Each each) {
  if (!is_folder(options.file)) return each(options.file);
  for (unsigned i = 0; i < options.count; ++i) each(small_path(options.file, i));
}

}  // namespace

void fail(char const* what, int error) {
  std::fprintf(stderr, "%s: %s\n", what, std::strerror(error));
  std::exit(1);
}

Memory make_memory(std::size_t bytes) {
  std::size_t const whole = (bytes + kPage - 1) / kPage * kPage;
  Memory memory(static_cast<std::byte*>(std::aligned_alloc(kPage, whole)));
  if (memory == nullptr) fail("memory", ENOMEM);
  std::memset(memory.get(), 0xff, whole);
  return memory;
}

int open_to_read(std::string const& path, bool is_direct) {
  int const fd = open(path.c_str(), O_RDONLY | O_CLOEXEC | (is_direct ? O_DIRECT : 0));
  if (fd < 0 && is_direct && errno == EINVAL) skip("this file system has no O_DIRECT");
  return int(checked(fd, path.c_str()));
}

std::uint64_t bytes_of(int fd) {
  struct stat facts;
  checked(fstat(fd, &facts), "fstat");
  return std::uint64_t(facts.st_size);
}

std::string small_path(std::string const& folder, unsigned number) {
  return folder + '/' + std::to_string(number / 100) + '/' + std::to_string(number % 100);
}

std::size_t small_bytes(unsigned number) {
  return 1024 + number * 2654435761u % (kSmallBytesMax - 1024) / 4 * 4;
}

void make_file(Options const& options) {
  int const fd = open(options.file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  checked(fd, options.file.c_str());
  for (std::uint64_t at = 0; at < options.bytes; at += kChunk) {
    write_words(fd, std::uint32_t(at / 4), std::min<std::uint64_t>(kChunk, options.bytes - at));
  }
  checked(fsync(fd), "fsync");
  close(fd);
}

void make_small_files(Options const& options) {
  checked(mkdir(options.file.c_str(), 0700), options.file.c_str());
  for (unsigned i = 0; i < options.count; ++i) {
    std::string const path = small_path(options.file, i);
    if (i % 100 == 0) checked(mkdir(path.substr(0, path.rfind('/')).c_str(), 0700), "mkdir");
    int const fd = open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    checked(fd, path.c_str());
    write_words(fd, i * kWordsOfSmall, small_bytes(i));
    close(fd);
  }
  sync();  // One for all: dirty pages are not evicted.
}

void warm(Options const& options) {
  for_all(options, warm_one);
}

void evict(Options const& options) {
  for_all(options, evict_one);
}

void verify(std::byte const* data, std::size_t bytes, std::uint32_t first) {
  auto const* words = reinterpret_cast<std::uint32_t const*>(data);
  auto const count = std::uint32_t(bytes / 4);
  std::uint32_t sum = 0;
  for (std::uint32_t i = 0; i < count; ++i) sum += words[i];
  auto const pairs = std::uint32_t(std::uint64_t(count) * (count - 1) / 2);
  bool const is_right = words[0] == first && words[count - 1] == first + count - 1;
  if (!is_right || sum != first * count + pairs) fail("wrong data", EIO);
}

void verify_block(std::byte const* data, std::size_t bytes, std::uint64_t offset) {
  verify(data, bytes, std::uint32_t(offset / 4));
}

void verify_pages(std::byte const* data, std::size_t bytes, std::uint64_t offset) {
  auto const* words = reinterpret_cast<std::uint32_t const*>(data);
  auto const first = std::uint32_t(offset / 4);
  for (std::uint32_t i = 0; i < bytes / 4; i += kPage / 4) {
    std::uint32_t const last = i + kPage / 4 - 1;
    if (words[i] != first + i || words[last] != first + last) fail("wrong data", EIO);
  }
}

}  // namespace io_bench
