#pragma once
// The files that are read: made, checked, and put into the page cache or out of it.
//
// Each 32-bit word of the large file is its own number, so a block says which one it is, and
// nothing that was not read can pass for it. A small file's words count on from kWordsOfSmall times
// its number.

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "options.h"

namespace io_bench {

inline constexpr std::size_t kPage = 4096;
inline constexpr std::uint32_t kWordsOfSmall = 2048;
inline constexpr std::size_t kSmallBytesMax = kWordsOfSmall * 4;

// Ends the program with what was to be done and why it could not be.
[[noreturn]] void fail(char const* what, int error);

// The value, unless it is -1.
inline std::int64_t checked(std::int64_t value, char const* what);

struct Free {
  void operator()(void* memory) const { std::free(memory); }
};
using Memory = std::unique_ptr<std::byte, Free>;

// As O_DIRECT wants it, and touched, so that no first use of a page is measured.
Memory make_memory(std::size_t bytes);

int open_to_read(std::string const& path, bool is_direct);
std::uint64_t bytes_of(int fd);

// The path of a small file, and how long it is: 1 to 8 KiB.
std::string small_path(std::string const& folder, unsigned number);
std::size_t small_bytes(unsigned number);

void make_file(Options const& options);
void make_small_files(Options const& options);

// Brings a file, or all small files below a folder, into the page cache or out of it, and
// makes sure.
void warm(Options const& options);
void evict(Options const& options);

// Ends the program if words that count on from `first` are not what is there.
void verify(std::byte const* data, std::size_t bytes, std::uint32_t first);

// The same of a block of the large file: all its words, or only the ends of each page, which takes
// next to nothing and is what the JavaScript side checks as well.
void verify_block(std::byte const* data, std::size_t bytes, std::uint64_t offset);
void verify_pages(std::byte const* data, std::size_t bytes, std::uint64_t offset);

inline std::int64_t checked(std::int64_t value, char const* what) {
  if (value == -1) fail(what, errno);
  return value;
}

}  // namespace io_bench
