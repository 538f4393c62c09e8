// Complex numbers: principal values, and exact where the result is for whole exponents.

#include <cmath>
#include <complex>

#include "kernels/scalar.h"

namespace heddle {

namespace {

using Number = std::complex<double>;

constexpr double kWholeMax = 64;  // Above, repeated products are less exact than exp(y * log(x)).

Number from(Complex const& of) {
  return {of.re, of.im};
}

template <Number (*function)(Number, Number)>
FaultCode of_two(Value const& left, Value const& right, Value& result) {
  Number const number = function(from(left.complex), from(right.complex));
  result.complex = {number.real(), number.imag()};
  return FaultCode::None;
}

template <Number (*function)(Number)>
FaultCode of_one(Value const& left, Value const&, Value& result) {
  Number const number = function(from(left.complex));
  result.complex = {number.real(), number.imag()};
  return FaultCode::None;
}

template <double (*function)(Number)>
FaultCode to_number(Value const& left, Value const&, Value& result) {
  result.number = function(from(left.complex));
  return FaultCode::None;
}

template <bool (*relation)(Number, Number)>
FaultCode compare(Value const& left, Value const& right, Value& result) {
  result.boolean = relation(from(left.complex), from(right.complex));
  return FaultCode::None;
}

Number add(Number left, Number right) {
  return left + right;
}
Number sub(Number left, Number right) {
  return left - right;
}
Number mul(Number left, Number right) {
  return left * right;
}
Number div(Number left, Number right) {
  return left / right;
}

Number whole_power(Number base, int exponent) {
  Number power = 1;
  for (int left = exponent < 0 ? -exponent : exponent; left != 0; left /= 2) {
    if (left % 2 != 0) power *= base;
    if (left > 1) base *= base;
  }
  return exponent < 0 ? 1.0 / power : power;
}

// As the limit has it where the base is 0, whose logarithm is none.
Number pow(Number base, Number exponent) {
  bool const is_real = exponent.imag() == 0;
  if (is_real && std::fabs(exponent.real()) <= kWholeMax &&
      std::trunc(exponent.real()) == exponent.real()) {
    return whole_power(base, int(exponent.real()));
  }
  if (base == 0.0 && exponent.real() > 0) return 0;
  return std::pow(base, exponent);
}

bool equal(Number left, Number right) {
  return left == right;
}
bool differ(Number left, Number right) {
  return left != right;
}

Number neg(Number of) {
  return -of;
}
Number conj(Number of) {
  return std::conj(of);
}
Number sqrt(Number of) {
  return std::sqrt(of);
}
Number exp(Number of) {
  return std::exp(of);
}
Number log(Number of) {
  return std::log(of);
}

double real(Number of) {
  return of.real();
}
double imag(Number of) {
  return of.imag();
}
double abs(Number of) {
  return std::abs(of);
}
double arg(Number of) {
  return std::atan2(of.imag(), of.real());
}

}  // namespace

void add_complex_kernels(KernelRow& row) {
  kernel_in(row, CommandCode::Add) = of_two<add>;
  kernel_in(row, CommandCode::Sub) = of_two<sub>;
  kernel_in(row, CommandCode::Mul) = of_two<mul>;
  kernel_in(row, CommandCode::Div) = of_two<div>;
  kernel_in(row, CommandCode::Pow) = of_two<pow>;
  kernel_in(row, CommandCode::Eq) = compare<equal>;
  kernel_in(row, CommandCode::Ne) = compare<differ>;
  kernel_in(row, CommandCode::Neg) = of_one<neg>;
  kernel_in(row, CommandCode::Conj) = of_one<conj>;
  kernel_in(row, CommandCode::Sqrt) = of_one<sqrt>;
  kernel_in(row, CommandCode::Exp) = of_one<exp>;
  kernel_in(row, CommandCode::Log) = of_one<log>;
  kernel_in(row, CommandCode::Real) = to_number<real>;
  kernel_in(row, CommandCode::Imag) = to_number<imag>;
  kernel_in(row, CommandCode::Abs) = to_number<abs>;
  kernel_in(row, CommandCode::Arg) = to_number<arg>;
}

}  // namespace heddle
