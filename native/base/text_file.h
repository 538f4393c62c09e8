#pragma once
// Reading the small text files of /proc and /sys, where a file that is missing is an answer too.

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <string>
#include <string_view>
#include <vector>

namespace heddle {

// The whole file, or nothing: missing, forbidden, no file, or larger than any that we know.
// Any thread.
inline std::string read_text(std::string const& path) {
  constexpr std::size_t kTextBytesMax = std::size_t{1} << 20;
  int const fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return {};
  std::string text;
  ssize_t n = 0;
  do {
    char buffer[4096];
    n = ::read(fd, buffer, sizeof buffer);
    if (n > 0) text.append(buffer, static_cast<std::size_t>(n));
  } while ((n > 0 && text.size() <= kTextBytesMax) || (n < 0 && errno == EINTR));
  ::close(fd);
  if (n != 0) text.clear();
  return text;
}

// The parts of `text` between any of `separators`, without the empty ones.
inline std::vector<std::string_view> split(std::string_view text, char const* separators) {
  std::vector<std::string_view> parts;
  while (true) {
    std::size_t const from = text.find_first_not_of(separators);
    if (from == std::string_view::npos) return parts;
    text.remove_prefix(from);
    parts.push_back(text.substr(0, text.find_first_of(separators)));
    text.remove_prefix(parts.back().size());
  }
}

// True if all of `text` is one decimal number that fits.
template <class Number>
[[nodiscard]] bool parse(std::string_view text, Number& number) {
  char const* const end = text.data() + text.size();
  auto const [stopped_at, error] = std::from_chars(text.data(), end, number);
  return error == std::errc{} && stopped_at == end;
}

}  // namespace heddle
