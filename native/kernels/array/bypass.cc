// Stores past the caches: x86-64 has them at hand.
#include "kernels/array/bypass.h"

#include <cstdint>

#include "base/atomic.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace heddle::array {
namespace {

#if defined(__x86_64__)
// What is asked of the system is of no use: a virtual machine may say 384 MB where a core has 32.
constexpr std::size_t kBytesMin = std::size_t{32} << 20;
#else
constexpr std::size_t kBytesMin = SIZE_MAX;
#endif

constinit Atomic<std::size_t> bytes_min{kBytesMin};

}  // namespace

std::size_t bypass_bytes_min() {
  return bytes_min.load(relaxed);
}

void bypass_from(std::size_t bytes) {
  bytes_min.store(bytes, relaxed);
}

void end_bypass() {
#if defined(__x86_64__)
  _mm_sfence();
#endif
}

}  // namespace heddle::array
