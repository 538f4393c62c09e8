// Numbers: IEEE 754 binary64 with the rules that ECMAScript adds to it.

#include <cmath>
#include <limits>

#include "kernels/scalar.h"

namespace heddle {

namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

template <double (*function)(double, double)>
FaultCode of_two(Value const& left, Value const& right, Value& result) {
  result.number = function(left.number, right.number);
  return FaultCode::None;
}

template <double (*function)(double)>
FaultCode of_one(Value const& left, Value const&, Value& result) {
  result.number = function(left.number);
  return FaultCode::None;
}

template <bool (*relation)(double, double)>
FaultCode compare(Value const& left, Value const& right, Value& result) {
  result.boolean = relation(left.number, right.number);
  return FaultCode::None;
}

double add(double left, double right) {
  return left + right;
}
double sub(double left, double right) {
  return left - right;
}
double mul(double left, double right) {
  return left * right;
}
double div(double left, double right) {
  return left / right;
}
double rem(double left, double right) {
  return std::fmod(left, right);
}

// C says 1 where the base is one, or minus one and the exponent infinite; ECMAScript does not know.
double pow(double base, double exponent) {
  if (std::isnan(exponent) || (std::isinf(exponent) && std::fabs(base) == 1)) return kNaN;
  return std::pow(base, exponent);
}

// -0 is below 0, and NaN wins.
double minimum(double left, double right) {
  if (std::isnan(left) || std::isnan(right)) return kNaN;
  if (left == right) return std::signbit(left) ? left : right;
  return left < right ? left : right;
}

double maximum(double left, double right) {
  if (std::isnan(left) || std::isnan(right)) return kNaN;
  if (left == right) return std::signbit(left) ? right : left;
  return left > right ? left : right;
}

bool equal(double left, double right) {
  return left == right;
}
bool differ(double left, double right) {
  return left != right;
}
bool below(double left, double right) {
  return left < right;
}
bool at_most(double left, double right) {
  return left <= right;
}
bool above(double left, double right) {
  return left > right;
}
bool at_least(double left, double right) {
  return left >= right;
}

double neg(double of) {
  return -of;
}
double abs(double of) {
  return std::fabs(of);
}
double sqrt(double of) {
  return std::sqrt(of);
}
double exp(double of) {
  return std::exp(of);
}
double log(double of) {
  return std::log(of);
}
double sin(double of) {
  return std::sin(of);
}
double cos(double of) {
  return std::cos(of);
}
double tan(double of) {
  return std::tan(of);
}
double tanh(double of) {
  return std::tanh(of);
}
double floor(double of) {
  return std::floor(of);
}
double ceil(double of) {
  return std::ceil(of);
}

// Halves go up, also negative ones. Never of + 0.5, which rounds by itself; and -0.2 gives -0.
double round(double of) {
  double const up = std::ceil(of);
  return up - 0.5 > of ? up - 1 : up;
}

}  // namespace

void add_number_kernels(KernelRow& row) {
  kernel_in(row, CommandCode::Add) = of_two<add>;
  kernel_in(row, CommandCode::Sub) = of_two<sub>;
  kernel_in(row, CommandCode::Mul) = of_two<mul>;
  kernel_in(row, CommandCode::Div) = of_two<div>;
  kernel_in(row, CommandCode::Rem) = of_two<rem>;
  kernel_in(row, CommandCode::Pow) = of_two<pow>;
  kernel_in(row, CommandCode::Minimum) = of_two<minimum>;
  kernel_in(row, CommandCode::Maximum) = of_two<maximum>;
  kernel_in(row, CommandCode::Eq) = compare<equal>;
  kernel_in(row, CommandCode::Ne) = compare<differ>;
  kernel_in(row, CommandCode::Lt) = compare<below>;
  kernel_in(row, CommandCode::Le) = compare<at_most>;
  kernel_in(row, CommandCode::Gt) = compare<above>;
  kernel_in(row, CommandCode::Ge) = compare<at_least>;
  kernel_in(row, CommandCode::Neg) = of_one<neg>;
  kernel_in(row, CommandCode::Abs) = of_one<abs>;
  kernel_in(row, CommandCode::Sqrt) = of_one<sqrt>;
  kernel_in(row, CommandCode::Exp) = of_one<exp>;
  kernel_in(row, CommandCode::Log) = of_one<log>;
  kernel_in(row, CommandCode::Sin) = of_one<sin>;
  kernel_in(row, CommandCode::Cos) = of_one<cos>;
  kernel_in(row, CommandCode::Tan) = of_one<tan>;
  kernel_in(row, CommandCode::Tanh) = of_one<tanh>;
  kernel_in(row, CommandCode::Floor) = of_one<floor>;
  kernel_in(row, CommandCode::Ceil) = of_one<ceil>;
  kernel_in(row, CommandCode::Round) = of_one<round>;
}

}  // namespace heddle
