#pragma once
// A folder that looks like the /sys and /proc of some machine.

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "base/check.h"
#include "support/scratch.h"

namespace heddle::test {

class Machine {
 public:
  std::string root() const { return scratch_.path("root"); }

  // Writes a file, with the folders above it.
  Machine& write(std::string const& path, std::string const& text) {
    std::filesystem::path const file = root() + path;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file) << text;
    CHECK(std::filesystem::is_regular_file(file));
    return *this;
  }

  Machine& cpu(std::uint32_t id, std::string const& name, std::string const& text) {
    return write("/sys/devices/system/cpu/cpu" + std::to_string(id) + "/" + name, text);
  }
  Machine& siblings(std::uint32_t id, std::string const& list) {
    return cpu(id, "topology/thread_siblings_list", list + "\n");
  }
  Machine& cache(std::uint32_t id, std::string const& list) {
    return cpu(id, "cache/index3/shared_cpu_list", list + "\n");
  }
  Machine& online(std::string const& cpus) {
    return write("/sys/devices/system/cpu/online", cpus + "\n");
  }
  Machine& nodes(std::string const& online) {
    return write("/sys/devices/system/node/online", online + "\n");
  }
  Machine& node(std::uint32_t id, std::string const& cpus, std::string const& distances) {
    std::string const folder = "/sys/devices/system/node/node" + std::to_string(id);
    return write(folder + "/cpulist", cpus + "\n").write(folder + "/distance", distances + "\n");
  }

 private:
  Scratch scratch_;
};

// 0, 1, ... count - 1.
inline std::vector<std::uint32_t> first_ids(std::uint32_t count) {
  std::vector<std::uint32_t> ids;
  for (std::uint32_t id = 0; id < count; ++id) ids.push_back(id);
  return ids;
}

}  // namespace heddle::test
