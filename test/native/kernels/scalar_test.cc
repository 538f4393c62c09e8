// Unit: kernels against the definitions that they stand for, where the definition is another piece
// of arithmetic: bigints against 128 bits, complex functions against their inverses. What
// JavaScript has itself is compared with it in test/lib/operators.test.ts.

#include "kernels/scalar.h"

#include <cmath>
#include <complex>
#include <limits>

#include "base/check.h"
#include "base/random.h"

using namespace heddle;

namespace {

constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min();

constexpr std::int64_t kEdges[] = {0,  1,          -1,         2,        -2,   3,        -7,
                                   10, 3037000499, 3037000500, kMax - 1, kMax, kMin + 1, kMin};

FaultCode compute(CommandCode code, Type type, Value const& left, Value const& right,
                  Value& result) {
  Kernel const kernel = scalar_kernels().of[std::size_t(type)][std::size_t(code)];
  CHECK(kernel != nullptr);
  return kernel(left, right, result);
}

// Compares with the same in 128 bits.
template <class Wide>
void check_integers(CommandCode code, std::int64_t left, std::int64_t right, Wide wide) {
  __int128 const exact = wide(__int128{left}, __int128{right});
  Value a{}, b{}, result{};
  a.integer = left;
  b.integer = right;
  FaultCode const fault = compute(code, Type::BigInt, a, b, result);
  if (exact > kMax || exact < kMin) {
    CHECK(fault == FaultCode::Overflow);
  } else {
    CHECK(fault == FaultCode::None);
    CHECK(result.integer == std::int64_t(exact));
  }
}

void check_all_integers(std::int64_t left, std::int64_t right) {
  check_integers(CommandCode::Add, left, right, [](auto a, auto b) { return a + b; });
  check_integers(CommandCode::Sub, left, right, [](auto a, auto b) { return a - b; });
  check_integers(CommandCode::Mul, left, right, [](auto a, auto b) { return a * b; });
  check_integers(CommandCode::Neg, left, right, [](auto a, auto) { return -a; });
  check_integers(CommandCode::Abs, left, right, [](auto a, auto) { return a < 0 ? -a : a; });
  if (right == 0) return;
  check_integers(CommandCode::Div, left, right, [](auto a, auto b) { return a / b; });
  check_integers(CommandCode::Rem, left, right, [](auto a, auto b) { return a % b; });
}

void integers_are_those_of_128_bits_or_an_overflow() {
  for (std::int64_t left : kEdges) {
    for (std::int64_t right : kEdges) check_all_integers(left, right);
  }
  Random random{1};
  for (int i = 0; i < 100'000; ++i) {
    // Of all magnitudes, so that products fit about half of the time.
    auto const any = [&] {
      return std::int64_t(std::uint64_t{random.next()} << 32 | random.next()) >> random.below(63);
    };
    std::int64_t const left = any();
    check_all_integers(left, any());
  }
}

void powers_of_integers_are_repeated_products() {
  for (std::int64_t base : kEdges) {
    __int128 exact = 1;
    for (std::int64_t exponent = 0; exponent <= 70; ++exponent) {
      check_integers(CommandCode::Pow, base, exponent, [&](auto, auto) { return exact; });
      // Once it is out of reach it stays there, but for a base of -1, 0 or 1.
      bool const fits = exact <= kMax && exact >= kMin;
      if (fits) exact *= base;
    }
  }
}

void faults_say_what_is_wrong() {
  Value one{}, zero{}, minus{}, result{};
  one.integer = 1;
  minus.integer = -1;
  CHECK(compute(CommandCode::Div, Type::BigInt, one, zero, result) == FaultCode::DivideByZero);
  CHECK(compute(CommandCode::Rem, Type::BigInt, one, zero, result) == FaultCode::DivideByZero);
  CHECK(compute(CommandCode::Pow, Type::BigInt, one, minus, result) == FaultCode::NegativeExponent);
}

using Number = std::complex<double>;

Number complex_of(CommandCode code, Number left, Number right = 0) {
  Value a{}, b{}, result{};
  a.complex = {left.real(), left.imag()};
  b.complex = {right.real(), right.imag()};
  CHECK(compute(code, Type::Complex, a, b, result) == FaultCode::None);
  return {result.complex.re, result.complex.im};
}

bool is_near(Number a, Number b) {
  return std::abs(a - b) <= 1e-12 * std::max(std::abs(a), std::abs(b));
}

void complex_functions_undo_each_other() {
  Random random{1};
  auto const part = [&] { return (double(random.below(2'000'001)) - 1e6) / 1e5; };
  for (int i = 0; i < 10'000; ++i) {
    Number const z{part(), part()};
    Number const w{part(), part()};
    if (z == 0.0 || w == 0.0) continue;
    CHECK(is_near(complex_of(CommandCode::Div, complex_of(CommandCode::Mul, z, w), w), z));
    Number const root = complex_of(CommandCode::Sqrt, z);
    CHECK(root.real() >= 0);  // The principal one.
    CHECK(is_near(complex_of(CommandCode::Mul, root, root), z));
    Number const log = complex_of(CommandCode::Log, z);
    CHECK(std::fabs(log.imag()) <= M_PI);
    CHECK(is_near(complex_of(CommandCode::Exp, log), z));
    CHECK(is_near(complex_of(CommandCode::Pow, z, 3), z * z * z));
    CHECK(is_near(complex_of(CommandCode::Pow, z, 0.5), root));
  }
}

}  // namespace

int main() {
  integers_are_those_of_128_bits_or_an_overflow();
  powers_of_integers_are_repeated_products();
  faults_say_what_is_wrong();
  complex_functions_undo_each_other();
}
