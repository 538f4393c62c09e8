#pragma once
// How the elements of a result are shared out among the workers.

#include <algorithm>
#include <cstddef>

#include "heddle/parallel_for.h"
#include "kernels/array/types.h"

namespace heddle::array {

// Workers take whole chunks of elements, so that no two of them write to one cache line. Up to so
// many elements are not worth a look at the clock.
inline constexpr std::size_t kChunk = 1024;
inline constexpr std::size_t kAlone = 4 * kChunk;

// Calls body(first, last) for ranges of elements that together are all n of them.
template <class Body>
Status for_chunks(KernelContext t, std::size_t n, Body const& body) {
  if (n == 0) return Status::Done;
  if (n <= kAlone) {
    if (t.is_cancelled()) return Status::Cancelled;
    body(std::size_t{0}, n);
    return Status::Done;
  }
  auto const run = [&](std::size_t first, std::size_t last) {
    body(first * kChunk, std::min(last * kChunk, n));
  };
  bool const is_done = parallel_for_ranges(t, 0, (n + kChunk - 1) / kChunk, run);
  return is_done ? Status::Done : Status::Cancelled;
}

}  // namespace heddle::array
