#pragma once
// What a copy of the core that was loaded as a shared library offers to loaded_twice_test.cc.

#include <cstdint>

namespace heddle::test {

struct LoadedCopy {
  // Starts a scheduler with so many workers; false if it cannot.
  bool (*start)(std::uint32_t threads);

  // A fork-join sum of 0 to count - 1.
  std::uint64_t (*sum)(std::uint32_t count);

  // Tasks that were stolen since start().
  std::uint64_t (*steals)();

  // Lets a fiber overflow its stack.
  void (*overflow)();

  void (*stop)();

  // The address of a variable that a copy must have for itself.
  void const* (*own_variable)();
};

// The one name that a copy exports.
inline constexpr char const* kLoadedCopyName = "heddle_loaded_copy";

}  // namespace heddle::test
