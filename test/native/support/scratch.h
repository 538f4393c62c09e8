#pragma once
// A folder of a test's own, gone when the test ends.

#include <fcntl.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <string>
#include <string_view>

#include "base/check.h"

namespace heddle::test {

class Scratch {
 public:
  Scratch() {
    char pattern[] = "/tmp/heddle-XXXXXX";
    CHECK(mkdtemp(pattern) != nullptr);
    folder_ = pattern;
  }
  ~Scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  Scratch(Scratch const&) = delete;
  Scratch& operator=(Scratch const&) = delete;

  std::string path(std::string const& name) const { return folder_ + "/" + name; }

  // Makes a file and returns its path.
  std::string file(std::string const& name, std::string_view content) const {
    std::string made = path(name);
    int const fd = ::open(made.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    CHECK(fd >= 0);
    CHECK(::write(fd, content.data(), content.size()) == static_cast<ssize_t>(content.size()));
    CHECK(::close(fd) == 0);
    return made;
  }

 private:
  std::string folder_;
};

}  // namespace heddle::test
