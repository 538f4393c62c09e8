#pragma once
// Mapping a file by its name, cutting it, and looking at a byte that may be gone.

#include <fcntl.h>
#include <unistd.h>

#include <string>
#include <utility>

#include "base/check.h"
#include "io/mapping.h"

namespace heddle::test {

inline constexpr std::size_t kAny = SIZE_MAX;

inline std::size_t page_bytes() {
  return static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

inline Result<std::shared_ptr<Mapping>> map(std::string const& path, std::size_t bytes_max = kAny,
                                            Advice advice = Advice::Normal) {
  int const fd = ::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
  CHECK(fd >= 0);
  auto mapped = Mapping::map(fd, bytes_max, advice);
  ::close(fd);
  return mapped;
}

inline std::shared_ptr<Mapping> mapped(std::string const& path) {
  auto result = map(path);
  CHECK(result.ok());
  return std::move(result).value();
}

inline void cut(std::string const& path, std::size_t bytes) {
  CHECK(::truncate(path.c_str(), off_t(bytes)) == 0);
}

inline std::byte volatile& byte_at(Mapping const& mapping, std::size_t at) {
  return *static_cast<std::byte volatile*>(mapping.data() + at);
}

}  // namespace heddle::test
