#pragma once
// Names of what runs, as small numbers: for traces, in which many events have few names.
//
// A number means the same in all threads of the process, and for ever: a scheduler may be used by
// many JavaScript threads, each of which reads its traces.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace heddle {

inline constexpr std::uint32_t kNoLabel = 0;
inline constexpr std::uint32_t kOperationLabel = 1;  // An operator on values that has waited.
inline constexpr std::uint32_t kLabelsMax = 1 << 16;

// The number of a name, a new one at its first use; kNoLabel where there are too many. It takes a
// lock: ask once for each name. Any thread.
std::uint32_t label_of(std::string_view name);

// All names, by their numbers; that of kNoLabel is empty. Any thread.
std::vector<std::string> labels();

}  // namespace heddle
