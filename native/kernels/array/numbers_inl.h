// What the loops of one instruction set know about numbers: see loops_inl.h, which includes this.

namespace heddle::array::HEDDLE_SET {
namespace {

template <class T>
constexpr std::size_t kBlock = kBlockBytes / sizeof(T);

template <class T>
struct Traits;
template <>
struct Traits<double> {
  using Bits = std::uint64_t;
  // From here on all numbers are whole.
  static constexpr double kWhole = 0x1p52;
};
template <>
struct Traits<float> {
  using Bits = std::uint32_t;
  static constexpr float kWhole = 0x1p23f;
};

template <class T>
constexpr bool kIsFloat = false;
template <>
constexpr bool kIsFloat<double> = true;
template <>
constexpr bool kIsFloat<float> = true;

template <class T>
constexpr bool kIsSigned = T(-1) < T(0);

template <class T>
typename Traits<T>::Bits bits_of(T x) {
  typename Traits<T>::Bits bits;
  __builtin_memcpy(&bits, &x, sizeof bits);
  return bits;
}
template <class T>
T from_bits(typename Traits<T>::Bits bits) {
  T x;
  __builtin_memcpy(&x, &bits, sizeof x);
  return x;
}
// `yes` or `no`, by their bits: a choice of values may become a branch, and a loop with a branch
// stays scalar.
template <class Bits>
Bits select(bool condition, Bits yes, Bits no) {
  Bits const mask = Bits(0u - Bits(condition));
  return Bits((yes & mask) | (no & ~mask));
}
template <class T>
T one_if(bool condition) {
  return from_bits<T>(select(condition, bits_of(T(1)), typename Traits<T>::Bits(0)));
}
template <class T>
T magnitude(T x) {
  if constexpr (sizeof(T) == sizeof(double)) {
    return __builtin_fabs(x);
  } else {
    return __builtin_fabsf(x);
  }
}
template <class T>
T with_sign_of(T x, T sign) {
  if constexpr (sizeof(T) == sizeof(double)) {
    return __builtin_copysign(x, sign);
  } else {
    return __builtin_copysignf(x, sign);
  }
}
template <class T>
bool is_true(T x) {
  if constexpr (kIsFloat<T>) {
    return (int(x < 0) | int(x > 0)) != 0;  // Not NaN.
  } else {
    return x != 0;
  }
}

}  // namespace
}  // namespace heddle::array::HEDDLE_SET
