// Stores past the caches: x86-64 has them at hand.
#include "kernels/array/bypass.h"

#include <cstdint>
#include <cstring>

#include "base/atomic.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace heddle::array {
namespace {

#if defined(__x86_64__)
// What is asked of the system is of no use: a virtual machine may say 384 MB where a core has 32.
constexpr std::size_t kBytesMin = std::size_t{32} << 20;
constexpr std::size_t kLine = 64;
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

#if defined(__x86_64__)

void copy_past_caches(void* to, void const* from, std::size_t bytes) {
  auto* out = static_cast<std::byte*>(to);
  auto const* in = static_cast<std::byte const*>(from);
  std::size_t const misaligned = reinterpret_cast<std::uintptr_t>(out) % kLine;
  std::size_t const head = misaligned == 0 ? 0 : kLine - misaligned;
  if (head >= bytes) {
    std::memcpy(out, in, bytes);
    return;
  }
  std::memcpy(out, in, head);
  std::size_t done = head;
  for (; done + kLine <= bytes; done += kLine) {
    for (std::size_t part = done; part < done + kLine; part += sizeof(__m128i)) {
      __m128i const piece = _mm_loadu_si128(reinterpret_cast<__m128i const*>(in + part));
      _mm_stream_si128(reinterpret_cast<__m128i*>(out + part), piece);
    }
  }
  std::memcpy(out + done, in + done, bytes - done);
}

void end_bypass() {
  _mm_sfence();
}

#else

void copy_past_caches(void* to, void const* from, std::size_t bytes) {
  std::memcpy(to, from, bytes);
}

void end_bypass() {
}

#endif

}  // namespace heddle::array
