// Sorting, by type.
#include "kernels/array/sort.h"

#include <cstring>
#include <limits>
#include <type_traits>

#include "heddle/sort.h"
#include "kernels/array/chunks.h"

namespace heddle::array {
namespace {

// Floats are sorted by IEEE 754's total order, in which a NaN with its sign set comes first.
template <class T>
void copy_for_sort(T const* from, T* to, std::size_t n) {
  if constexpr (std::is_floating_point_v<T>) {
    constexpr T kNaN = std::numeric_limits<T>::quiet_NaN();
    for (std::size_t i = 0; i < n; ++i) to[i] = from[i] == from[i] ? from[i] : kNaN;
  } else if (from != to) {
    std::memcpy(to, from, n * sizeof(T));
  }
}

}  // namespace

Status sort(KernelContext t, ConstView const& a, View const& out) {
  CHECK(a.dtype == out.dtype && a.shape == out.shape);
  return with_type(a.dtype, [&]<class T>(T) {
    T const* const from = static_cast<T const*>(a.data);
    T* const to = static_cast<T*>(out.data);
    std::size_t const n = a.elements();
    Status const copied = for_chunks(t, n, [=](std::size_t first, std::size_t last) {
      copy_for_sort(from + first, to + first, last - first);
    });
    if (copied != Status::Done) return copied;
    return heddle::sort(t, to, to + n) ? Status::Done : Status::Cancelled;
  });
}

}  // namespace heddle::array
