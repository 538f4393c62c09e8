#pragma once
// How much processor time the container lets this process have: what its control groups say.
//
// A quota is no set of processors. Under one of 1.5 the process may run on every processor, and
// is stopped on all of them for the rest of a period once it has used up its time; so more
// threads than the quota, rounded up, only make it stop sooner.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace heddle {

// In processors, like 0.5 or 1.5, or nothing where there is no limit: the tightest of this
// process' group and of all groups above it that can be seen. Both versions of control groups
// are asked. Files are read below `root`, which is "" but in tests. Any thread.
std::optional<double> cpu_quota(std::string const& root);

// How many workers make sense: at least one. Any thread.
std::uint32_t default_threads(std::size_t processors, std::optional<double> quota);

}  // namespace heddle
