// Unit: exp, log, sin, cos, tan and tanh are within 2 units in the last place everywhere, have
// JavaScript's special values, and depend on nothing but their argument.

#include <cstring>

#include "kernels/array/elementwise.h"
#include "kernels/arrays.h"

using namespace heddle;
using namespace heddle::test;

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();
constexpr double kHalfPi = 1.5707963267948966;

struct Function {
  char const* name;
  UnaryOp op;
  long double (*exact)(long double);
};
constexpr Function kFunctions[] = {{"exp", UnaryOp::Exp, expl}, {"log", UnaryOp::Log, logl},
                                   {"sin", UnaryOp::Sin, sinl}, {"cos", UnaryOp::Cos, cosl},
                                   {"tan", UnaryOp::Tan, tanl}, {"tanh", UnaryOp::Tanh, tanhl}};

// Arguments of all kinds: element i of a sequence.
double argument(std::size_t i) {
  std::uint64_t const random = mix(i);
  double const unit = double(std::int64_t(mix(random))) * 0x1p-63;
  switch (i % 8) {
    case 0:  // Any double: nearly all are very small or very large.
      return std::bit_cast<double>(random);
    case 1:
      return unit;
    case 2:
      return unit * 30;
    case 3:
      return unit * 750;
    case 4:
      return unit * 1.001e6;  // As far as turns are counted, and some further.
    case 5: {                 // Next to where the circle is cut.
      double const cut = double(random % 1'200'000) * (kHalfPi / 2);
      return std::bit_cast<double>(std::bit_cast<std::uint64_t>(cut) + mix(random) % 9 - 4);
    }
    case 6:
      return 1 + unit * 0x1p-20;  // Where log is small.
    default:
      return std::ldexp(unit, -int(random % 1080));
  }
}

// How many units in the last place of the exact result a result is off.
double units_off(double found, long double exact) {
  double const wanted = double(exact);
  if (std::isnan(wanted) || std::isinf(wanted) || wanted == 0)
    return is_same(found, wanted) ? 0 : 99;
  int exponent;
  (void)std::frexp(wanted, &exponent);
  long double const unit = std::ldexp(1.0L, std::max(exponent - 53, -1074));
  return double(std::fabs((found - exact) / unit));
}

Array mapped(KernelContext t, UnaryOp op, Array const& a) {
  Array out(result_dtype(op, a.dtype()), a.view().shape);
  CHECK(unary(t, op, a.view(), out.view()) == Status::Done);
  return out;
}

void results_are_within_two_units(KernelContext t) {
  Array a(Dtype::F64, {120'000});
  for (std::size_t i = 0; i < a.size(); ++i) a.set(i, argument(i));
  for (Function const& function : kFunctions) {
    Array const out = mapped(t, function.op, a);
    double worst = 0;
    for (std::size_t i = 0; i < a.size(); ++i) {
      double const off = units_off(out[i], function.exact(a[i]));
      if (off > worst) worst = off;
      if (off < 2) continue;
      std::fprintf(stderr, "%s(%a) is %a, %g units off\n", function.name, a[i], out[i], off);
      CHECK(off < 2);
    }
    std::printf("%s: at most %.2f units off\n", function.name, worst);
    CHECK(worst > 0.5);  // Else nothing was measured.
  }
}

void special_values_are_as_in_javascript(KernelContext t) {
  struct Special {
    UnaryOp op;
    double x, result;
  };
  constexpr Special kAll[] = {
      {UnaryOp::Exp, -kInfinity, 0},
      {UnaryOp::Exp, kInfinity, kInfinity},
      {UnaryOp::Exp, 0, 1},
      {UnaryOp::Exp, -0.0, 1},
      {UnaryOp::Exp, 710, kInfinity},
      {UnaryOp::Exp, -746, 0},
      {UnaryOp::Exp, 1e300, kInfinity},
      {UnaryOp::Exp, -1e300, 0},
      {UnaryOp::Exp, -745, 5e-324},
      {UnaryOp::Log, 0, -kInfinity},
      {UnaryOp::Log, -0.0, -kInfinity},
      {UnaryOp::Log, -1, kNaN},
      {UnaryOp::Log, 1, 0},
      {UnaryOp::Log, kInfinity, kInfinity},
      {UnaryOp::Log, -kInfinity, kNaN},
      {UnaryOp::Sin, 0, 0},
      {UnaryOp::Sin, -0.0, -0.0},
      {UnaryOp::Sin, kInfinity, kNaN},
      {UnaryOp::Cos, 0, 1},
      {UnaryOp::Cos, -0.0, 1},
      {UnaryOp::Cos, -kInfinity, kNaN},
      {UnaryOp::Tan, 0, 0},
      {UnaryOp::Tan, -0.0, -0.0},
      {UnaryOp::Tan, kInfinity, kNaN},
      {UnaryOp::Tanh, 0, 0},
      {UnaryOp::Tanh, -0.0, -0.0},
      {UnaryOp::Tanh, kInfinity, 1},
      {UnaryOp::Tanh, -kInfinity, -1},
      {UnaryOp::Tanh, 5e-324, 5e-324},
      {UnaryOp::Tanh, -1e300, -1},
  };
  for (Special const& special : kAll) {
    Array a(Dtype::F64, {1});
    a.set(0, special.x);
    CHECK(is_same(mapped(t, special.op, a)[0], special.result));
    a.set(0, kNaN);
    CHECK(std::isnan(mapped(t, special.op, a)[0]));
  }
}

// Whatever else is in the array, and wherever it is.
void neighbours_do_not_matter(KernelContext t) {
  std::size_t const n = 1001;
  Array a(Dtype::F64, {n}), reversed(Dtype::F64, {n});
  for (std::size_t i = 0; i < n; ++i) {
    a.set(i, argument(i));
    reversed.set(n - 1 - i, argument(i));
  }
  for (Function const& function : kFunctions) {
    Array const out = mapped(t, function.op, a), back = mapped(t, function.op, reversed);
    for (std::size_t i = 0; i < n; ++i) CHECK(is_same(out[i], back[n - 1 - i]));
  }
}

// Other types are computed as doubles; floats are rounded once more.
void types_are_converted(KernelContext t) {
  for (Dtype const dtype : kDtypes) {
    Array const a(dtype, {5003}, 8);
    Array doubles(Dtype::F64, {5003});
    for (std::size_t i = 0; i < a.size(); ++i) doubles.set(i, a[i]);
    for (Function const& function : kFunctions) {
      Array const expected = mapped(t, function.op, doubles);
      check_elements(function.name, 0, mapped(t, function.op, a), [&](std::size_t i) {
        return dtype == Dtype::F32 ? double(float(expected[i])) : expected[i];
      });
    }
  }
}

// Every instruction set gives what the plain one does.
void sets_do_not_matter() {
  Started scheduler({.threads = 2, .stack_bytes = kStackBytes});
  Array a(Dtype::F64, {50'001});
  for (std::size_t i = 0; i < a.size(); ++i) a.set(i, argument(i));
  for (Function const& function : kFunctions) {
    auto const map = [&](KernelContext t) { return mapped(t, function.op, a); };
    use(InstructionSet::Plain);
    Array const plain = run(*scheduler, map);
    for (InstructionSet const set : kInstructionSets) {
      if (!has(set)) continue;
      use(set);
      check_elements(function.name, int(set), run(*scheduler, map),
                     [&](std::size_t i) { return plain[i]; });
    }
  }
}

}  // namespace

int main() {
  sets_do_not_matter();
  use(InstructionSet::Plain);
  Started scheduler({.threads = 2, .stack_bytes = kStackBytes});
  run(*scheduler, results_are_within_two_units);
  on_every_set([](KernelContext t) {
    special_values_are_as_in_javascript(t);
    neighbours_do_not_matter(t);
    types_are_converted(t);
  });
}
