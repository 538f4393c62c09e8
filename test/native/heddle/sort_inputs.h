#pragma once
// Inputs that sorting algorithms are known to stumble over.

#include <cstddef>
#include <cstdint>
#include <vector>

#include "heddle/harness.h"

namespace heddle::test {

struct SortInput {
  char const* name;
  std::uint64_t (*at)(std::size_t i, std::size_t n);
};

inline constexpr SortInput kSortInputs[] = {
    {"random", [](std::size_t i, std::size_t) { return mix(i); }},
    {"sorted", [](std::size_t i, std::size_t) { return std::uint64_t(i); }},
    {"reversed", [](std::size_t i, std::size_t n) { return std::uint64_t(n - i); }},
    {"equal", [](std::size_t, std::size_t) { return std::uint64_t{7}; }},
    {"organ pipe",
     [](std::size_t i, std::size_t n) { return std::uint64_t(i < n / 2 ? i : n - i); }},
    {"two values", [](std::size_t i, std::size_t) { return mix(i) & 1; }},
    {"sixteen values", [](std::size_t i, std::size_t) { return mix(i) % 16 * 0x0123'4567'89ab; }},
    {"saw", [](std::size_t i, std::size_t) { return std::uint64_t(i % 1000); }},
    {"nearly sorted", [](std::size_t i, std::size_t) { return i % 100 == 0 ? mix(i) % 1000 : i; }},
    {"last out of place", [](std::size_t i, std::size_t n) { return i + 1 == n ? 0 : i + 1; }},
    {"one far off",
     [](std::size_t i, std::size_t) { return i == 77 ? ~std::uint64_t{0} : mix(i) % 256; }},
    {"low bits only", [](std::size_t i, std::size_t) { return mix(i) % 8; }},
    {"high bits only", [](std::size_t i, std::size_t) { return mix(i) << 56; }},
    {"powers", [](std::size_t i, std::size_t) { return std::uint64_t{1} << mix(i) % 64; }},
};

inline std::vector<std::uint64_t> make_input(SortInput const& input, std::size_t n) {
  std::vector<std::uint64_t> values(n);
  for (std::size_t i = 0; i < n; ++i) values[i] = input.at(i, n);
  return values;
}

}  // namespace heddle::test
