// Unit: a result is a value or the kernel's errno, and a value need not be copyable.

#include "base/result.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <memory>
#include <utility>

#include "base/check.h"

using namespace heddle;

namespace {

Result<int> open_file(char const* path) {
  int const fd = open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return last_error();
  return fd;
}

Result<void> close_file(int fd) {
  if (close(fd) != 0) return last_error();
  return {};
}

Result<std::unique_ptr<int>> boxed(int number) {
  if (number < 0) return Errno{EINVAL};
  return std::make_unique<int>(number);
}

void a_failure_is_the_kernels_errno() {
  Result<int> const file = open_file("/no/such/file");
  CHECK(!file.ok());
  CHECK(file.error() == Errno{ENOENT});
  Result<void> const closed = close_file(-1);
  CHECK(!closed.ok());
  CHECK(closed.error() == Errno{EBADF});
}

void a_success_is_its_value() {
  Result<int> const file = open_file("/dev/null");
  CHECK(file.ok());
  CHECK(file.value() >= 0);
  CHECK(close_file(file.value()).ok());
}

void a_value_can_be_moved_out() {
  Result<std::unique_ptr<int>> result = boxed(7);
  CHECK(result.ok());
  *result.value() += 1;
  std::unique_ptr<int> const box = std::move(result).value();
  CHECK(*box == 8);
  CHECK(*boxed(9).value() == 9);
  CHECK(boxed(-1).error() == Errno{EINVAL});
}

}  // namespace

int main() {
  a_failure_is_the_kernels_errno();
  a_success_is_its_value();
  a_value_can_be_moved_out();
}
