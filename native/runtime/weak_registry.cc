// Keys out of the kernel's random numbers.

#include "runtime/weak_registry.h"

#include <sys/random.h>

#include "base/check.h"

namespace heddle {

std::uint64_t random_key() {
  std::uint64_t key = 0;
  while (key == 0) {
    CHECK(getrandom(&key, sizeof key, 0) == sizeof key);
    key >>= 11;
  }
  return key;
}

}  // namespace heddle
