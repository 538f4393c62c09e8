// Running totals, by type.
#include "kernels/array/scan.h"

#include <type_traits>

#include "heddle/scan.h"

namespace heddle::array {
namespace {

// Modulo 2^bits: the sum of small integers is an int.
struct Add {
  template <class T>
  T operator()(T a, T b) const {
    return T(a + b);
  }
};

// What is added in place of Ts, with the same bits as a result.
template <class T, bool is_integer = std::is_integral_v<T>>
struct SummedAs {
  using Type = std::make_unsigned_t<T>;
};
template <class T>
struct SummedAs<T, false> {
  using Type = T;
};

}  // namespace

Status scan(KernelContext t, ConstView const& a, View const& out) {
  CHECK(a.dtype == out.dtype && a.shape == out.shape);
  bool const is_done = with_type(a.dtype, [&]<class T>(T) {
    using Summed = typename SummedAs<T>::Type;
    auto const* const first = static_cast<Summed const*>(a.data);
    return heddle::scan(t, first, first + a.elements(), static_cast<Summed*>(out.data), Add{});
  });
  return is_done ? Status::Done : Status::Cancelled;
}

}  // namespace heddle::array
