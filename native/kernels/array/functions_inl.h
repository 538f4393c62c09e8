// Functions of doubles for one instruction set, a vector at a time: see loops_inl.h, which includes
// this.
//
// Each brings its argument near 0 and sums up a Taylor series there, of as many terms as a double
// can tell. Where a difference is too short for what comes after it, what was rounded off goes
// along as a tail. All are within 2 units in the last place; the test measures them.

namespace heddle::array::HEDDLE_SET {
namespace {

using Doubles = Vector<double>;
using Bits = Vector<std::uint64_t>;
using Mask = decltype(Doubles{} < Doubles{});

constexpr double kInfinity = __builtin_inf();
constexpr double kNaN = __builtin_nan("");
constexpr int kMantissaBits = 52;
constexpr std::uint64_t kExponentBias = 1023;

constexpr double kLog2Of = 0x1.71547652b82fep+0;  // e
// ln 2: as many bits as leave room for a product with an exponent, and the rest.
constexpr double kLn2 = 0x1.62e42fee00000p-1;
constexpr double kLn2Rest = 0x1.a39ef35793c76p-33;

// Adding it leaves a number's nearest whole number in the last bits of the sum.
constexpr double kToWhole = 0x1.8p52;

// a + b, and what the rounding took away (Knuth's TwoSum).
struct Sum2 {
  Doubles sum, tail;
};
inline Sum2 two_sum(Doubles a, Doubles b) {
  Doubles const sum = a + b;
  Doubles const from_b = sum - a;
  return {sum, (a - (sum - from_b)) + (b - from_b)};
}

// The same where a is not smaller than b, or 0.
inline Sum2 fast_two_sum(Doubles a, Doubles b) {
  Doubles const sum = a + b;
  return {sum, (a - sum) + b};
}

inline Doubles quotient(Sum2 over, Sum2 under) {
  Doubles const first = over.sum / under.sum;
  return first + (over.tail - first * under.tail) / under.sum;
}

inline Bits bits_of(Doubles x) {
  return reinterpret_cast<Bits>(x);
}
inline Doubles from_bits(Bits bits) {
  return reinterpret_cast<Doubles>(bits);
}

// Either, by all bits of each element of a mask.
inline Doubles choose(Bits mask, Doubles yes, Doubles no) {
  return from_bits((bits_of(yes) & mask) | (bits_of(no) & ~mask));
}
inline Doubles choose(Mask mask, Doubles yes, Doubles no) {
  return choose(reinterpret_cast<Bits>(mask), yes, no);
}

constexpr std::uint64_t kSign = std::uint64_t{1} << 63;
inline Doubles magnitude(Doubles x) {
  return from_bits(bits_of(x) & ~kSign);
}
inline Doubles with_sign_of(Doubles x, Doubles sign) {
  return from_bits((bits_of(x) & ~kSign) | (bits_of(sign) & kSign));
}

// first + x * (second + x * (...)).
inline double polynomial(Doubles, double last) {
  return last;
}
template <class... Higher>
Doubles polynomial(Doubles x, double first, Higher... higher) {
  return first + x * polynomial(x, higher...);
}

// 2 to the power of a whole number from -1022 to 1023.
inline Doubles power_of_2(Bits exponent) {
  return from_bits((exponent + kExponentBias) << kMantissaBits);
}

// exp(x) = 2^k * (1 + r + rest).
struct Reduced {
  Bits k;  // Modulo 2^51, in the last bits.
  Doubles r;
  Doubles rest;
};
inline Reduced reduce_exp(Doubles x) {
  Doubles const whole = x * kLog2Of + kToWhole;
  Doubles const k = whole - kToWhole;
  Doubles const r = (x - k * kLn2) - k * kLn2Rest;
  return {bits_of(whole), r,
          r * r *
              polynomial(r, 1 / 2., 1 / 6., 1 / 24., 1 / 120., 1 / 720., 1 / 5040., 1 / 40320.,
                         1 / 362880., 1 / 3628800., 1 / 39916800., 1 / 479001600.,
                         1 / 6227020800.)};
}

struct Exp {
  static Doubles run(Doubles x) {
    // Beyond these the result is 0 or infinite anyway.
    Doubles const low = choose(x < -746, repeat(-746.0), x);
    Doubles const clamped = choose(low > 710, repeat(710.0), low);
    Reduced const reduced = reduce_exp(clamped);
    // In two steps, as the power of 2 alone may be too small or too large: k + 2046 is at least 0.
    Bits const k = (reduced.k + 2 * kExponentBias) & 0xfff;
    Bits const half = k >> 1;
    Doubles const first = from_bits(half << kMantissaBits);
    Doubles const second = from_bits((k - half) << kMantissaBits);
    return (1 + (reduced.r + reduced.rest)) * first * second;
  }
};

// By exp(2x) - 1: (1 + r + rest) * 2^k - 1, whose large parts are added without a loss.
struct Tanh {
  static Doubles run(Doubles x) {
    Doubles const size = magnitude(x);
    Doubles const clamped = choose(size > 22, repeat(22.0),
                                   size);  // From there on the result is 1.
    Reduced const reduced = reduce_exp(2 * clamped);
    Doubles const scale = power_of_2(reduced.k & 0xff);
    Sum2 const large = two_sum(scale - 1, scale * reduced.r);
    Sum2 const minus_one = fast_two_sum(large.sum, large.tail + scale * reduced.rest);
    Sum2 const plus_one = two_sum(minus_one.sum, repeat(2.0));
    return with_sign_of(quotient(minus_one, {plus_one.sum, plus_one.tail + minus_one.tail}), x);
  }
};

// x = 2^k * m with m from sqrt(1/2) to sqrt(2), and log(m) = 2 artanh(s) with s = (m - 1) / (m +
// 1).
struct Log {
  static Doubles run(Doubles x) {
    constexpr std::uint64_t kFraction = (std::uint64_t{1} << kMantissaBits) - 1;
    constexpr std::uint64_t kOne = kExponentBias << kMantissaBits;
    constexpr std::uint64_t kSqrtHalf = 0x3fe6a09e667f3bcd;
    Mask const is_subnormal = x < 0x1p-1022;
    Doubles const normal = x * choose(is_subnormal, repeat(0x1p54), repeat(1.0));
    Bits const shifted = bits_of(normal) + (kOne - kSqrtHalf);
    Doubles const m = from_bits((shifted & kFraction) + kSqrtHalf);
    // The exponent as the last bits of a double.
    Bits const exponent = (shifted >> kMantissaBits) | bits_of(repeat(0x1p52));
    Doubles const k = from_bits(exponent) - (0x1p52 + double(kExponentBias)) -
                      choose(is_subnormal, repeat(54.0), Doubles{});
    Doubles const f = m - 1;
    Doubles const s = f / (f + 2);
    Doubles const square = s * s;
    // log(m) = f - (half - s * (half + series)).
    Doubles const half = 0.5 * f * f;
    Doubles const series = square * polynomial(square, 2 / 3., 2 / 5., 2 / 7., 2 / 9., 2 / 11.,
                                               2 / 13., 2 / 15., 2 / 17., 2 / 19., 2 / 21.,
                                               2 / 23.);
    Doubles const result = k * kLn2 - ((half - (s * (half + series) + k * kLn2Rest)) - f);
    Doubles const positive = choose(x == kInfinity, x, result);
    Doubles const not_positive = choose(x == 0, repeat(-kInfinity), repeat(kNaN));
    return choose(x > 0, positive, not_positive);
  }
};

// x = k * pi/2 + head + tail, head from -pi/4 to pi/4. Up to kTurnsMax, as pi/2 is in pieces of 33
// bits, whose products with k are exact.
constexpr double kTurnsMax = 1e6;
struct Turned {
  Bits k;
  Doubles head, tail;
};
inline Turned turn(Doubles x) {
  constexpr double kInverse = 0x1.45f306dc9c883p-1;
  constexpr double kPieces[] = {0x1.921fb54400000p+0, 0x1.0b4611a600000p-34, 0x1.3198a2e000000p-69,
                                0x1.b839a252049c1p-104};
  Doubles const whole = x * kInverse + kToWhole;
  Doubles const k = whole - kToWhole;
  Sum2 const second = two_sum(x - k * kPieces[0], -(k * kPieces[1]));
  Sum2 const third = two_sum(second.sum, -(k * kPieces[2]));
  Doubles const rest = (second.tail + third.tail) - k * kPieces[3];
  Doubles const head = third.sum + rest;
  return {bits_of(whole), head, (third.sum - head) + rest};
}

// sin(head + tail) and cos(head + tail); cos(head) is about 1 and sin(head) about head where it is
// multiplied with the tail.
inline Sum2 sine(Turned const& x) {
  Doubles const square = x.head * x.head;
  Doubles const cube = square * x.head;
  Doubles const higher = polynomial(square, 1 / 120., -1 / 5040., 1 / 362880., -1 / 39916800.,
                                    1 / 6227020800., -1 / 1307674368000., 1 / 355687428096000.);
  Doubles const small = square * (0.5 * x.tail - cube * higher) - x.tail;
  return fast_two_sum(x.head, -(small + cube * (1 / 6.)));
}
inline Sum2 cosine(Turned const& x) {
  Doubles const square = x.head * x.head;
  Doubles const half = 0.5 * square;
  Doubles const near = 1 - half;
  Doubles const higher = square * square *
                         polynomial(square, 1 / 24., -1 / 720., 1 / 40320., -1 / 3628800.,
                                    1 / 479001600., -1 / 87178291200., 1 / 20922789888000.,
                                    -1 / 6402373705728000.);
  return fast_two_sum(near, ((1 - near) - half) + (higher - x.head * x.tail));
}

// The sine, after a number of quarter turns more.
inline Doubles sine_after(Turned const& x, std::uint64_t quarters) {
  Bits const k = x.k + quarters;
  Doubles const turned = choose(Bits{} - (k & 1), cosine(x).sum, sine(x).sum);
  return from_bits(bits_of(turned) ^ (k & 2) << 62);
}

struct Sin {
  static Doubles run(Doubles x) { return with_zero_of(x, sine_after(turn(x), 0)); }
  static double far(double x) { return __builtin_sin(x); }

  // Of 0 the sign of x: a sum of zeros has lost it.
  static Doubles with_zero_of(Doubles x, Doubles result) { return choose(x == 0, x, result); }
};
struct Cos {
  static Doubles run(Doubles x) { return sine_after(turn(x), 1); }
  static double far(double x) { return __builtin_cos(x); }
};
struct Tan {
  static Doubles run(Doubles x) {
    Turned const turned = turn(x);
    Sum2 const sin = sine(turned), cos = cosine(turned);
    Bits const is_odd = Bits{} - (turned.k & 1);
    Sum2 const over{choose(is_odd, -cos.sum, sin.sum), choose(is_odd, -cos.tail, sin.tail)};
    Sum2 const under{choose(is_odd, sin.sum, cos.sum), choose(is_odd, sin.tail, cos.tail)};
    return Sin::with_zero_of(x, quotient(over, under));
  }
  static double far(double x) { return __builtin_tan(x); }
};

// The last vector is filled up, so that an element's result depends on no other and on no place.
template <class Op>
struct Function {
  static void run(void const* in, Target out, std::size_t n) {
    constexpr std::size_t kCount = kWidth<double>;
    double const* from = static_cast<double const*>(in);
    double* to = static_cast<double*>(out.data);
    for (; n >= kCount; n -= kCount, from += kCount, to += kCount) {
      store(to, run_vector(load<Doubles>(from)));
    }
    if (n == 0) return;
    Doubles last{};
    __builtin_memcpy(&last, from, n * sizeof(double));
    last = run_vector(last);
    __builtin_memcpy(to, &last, n * sizeof(double));
  }

 private:
  static Doubles run_vector(Doubles x) {
    Doubles result = Op::run(x);
    if constexpr (requires { Op::far(0.0); }) go_far(x, result);
    return result;
  }

  // What is too far for turn(), infinite or no number.
  static void go_far(Doubles x, Doubles& result) {
    Mask const is_near = magnitude(x) <= kTurnsMax;
    std::int64_t are_near = -1;
    for (std::size_t i = 0; i < kWidth<double>; ++i) are_near &= is_near[i];
    if (are_near != 0) return;
    for (std::size_t i = 0; i < kWidth<double>; ++i) {
      if (is_near[i] == 0) result[i] = Op::far(x[i]);
    }
  }
};

}  // namespace
}  // namespace heddle::array::HEDDLE_SET
