// Unit: a reduction gives what its documented order gives, to the last bit, whatever the
// instruction set and the number of workers.

#include "kernels/array/reduce.h"

#include <functional>

#include "heddle/reduce.h"
#include "kernels/arrays.h"

using namespace heddle;
using namespace heddle::test;

namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
constexpr std::size_t kLengths[] = {1, 2, 15, 16, 17, 1000, 4095, 4096, 4097, 50'003};
constexpr std::size_t kLong = 600'007;  // Enough blocks for the longest runs of them.

// Finite numbers of very different size, so that the order matters.
double finite(std::size_t i) {
  return std::ldexp(double(std::int64_t(mix(i))), int(mix(i + 1) % 60) - 90);
}
Array make(Dtype dtype, std::size_t n) {
  Array array(dtype, {n});
  for (std::size_t i = 0; i < n; ++i) {
    array.set(i, is_float(dtype) ? finite(i) : double(std::int64_t(mix(i)) >> 20));
  }
  return array;
}

// The order that reduce.h documents, written down once more: combine(value(0), value(1), ...).
double in_order(KernelContext t, std::size_t n, double identity, double (*combine)(double, double),
                std::function<double(std::size_t)> const& value) {
  auto const block = [&](std::size_t b) {
    double columns[16];
    for (double& column : columns) column = identity;
    for (std::size_t i = 0; i < 4096 && b * 4096 + i < n; ++i) {
      columns[i % 16] = combine(columns[i % 16], value(b * 4096 + i));
    }
    for (std::size_t half = 8; half > 0; half /= 2) {
      for (std::size_t c = 0; c < half; ++c) columns[c] = combine(columns[c], columns[c + half]);
    }
    return columns[0];
  };
  std::size_t const blocks = (n + 4095) / 4096;
  return heddle::reduce(t, 0, blocks, identity, block, combine);
}

double plus(double a, double b) {
  return a + b;
}
double times(double a, double b) {
  return a * b;
}

double reduced(KernelContext t, ReduceOp op, Array const& a) {
  double out = -77;
  CHECK(array::reduce(t, op, a.view(), out) == Status::Done);
  return out;
}
double dot_of(KernelContext t, Array const& a, Array const& b) {
  double out = -77;
  CHECK(dot(t, a.view(), b.view(), out) == Status::Done);
  return out;
}

void check_sums(KernelContext t, Array const& a) {
  std::size_t const n = a.size();
  double const sum = in_order(t, n, 0, plus, [&](std::size_t i) { return a[i]; });
  CHECK(is_same(reduced(t, ReduceOp::Sum, a), sum));
  CHECK(is_same(reduced(t, ReduceOp::Mean, a), sum / double(n)));
  auto const square = [&](std::size_t i) {
    double volatile const product = a[i] * a[i];  // Rounded, whatever the processor has.
    return double(product);
  };
  CHECK(is_same(dot_of(t, a, a), in_order(t, n, 0, plus, square)));
}

void sums_have_the_documented_bits(KernelContext t) {
  for (Dtype const dtype : {Dtype::F64, Dtype::F32}) {
    for (std::size_t const n : kLengths) check_sums(t, make(dtype, n));
  }
  check_sums(t, make(Dtype::F64, kLong));
}

void products_have_the_documented_bits(KernelContext t) {
  for (Dtype const dtype : kDtypes) {
    for (std::size_t const n : kLengths) {
      Array a(dtype, {n});
      for (std::size_t i = 0; i < n; ++i) {
        a.set(i, is_float(dtype) ? 0.9 + double(mix(i) % 200'000) / 1e6 : 1 + double(mix(i) % 2));
      }
      double const product = in_order(t, n, 1, times, [&](std::size_t i) { return a[i]; });
      CHECK(is_same(reduced(t, ReduceOp::Prod, a), product));
    }
  }
}

void integers_are_summed_exactly(KernelContext t) {
  for (Dtype const dtype : kDtypes) {
    if (is_float(dtype)) continue;
    for (std::size_t const n : kLengths) {
      Array const a = make(dtype, n);
      __int128 sum = 0, squares = 0;
      for (std::size_t i = 0; i < n; ++i) {
        sum += std::int64_t(a[i]);
        squares += __int128(std::int64_t(a[i])) * std::int64_t(a[i]);
      }
      CHECK(reduced(t, ReduceOp::Sum, a) == double(sum));
      CHECK(reduced(t, ReduceOp::Mean, a) == double(sum) / double(n));
      CHECK(dot_of(t, a, a) == double(squares));
    }
  }
}

// The first index whose element is beyond all others.
template <class Beyond>
std::size_t first_of(Array const& a, Beyond const& beyond) {
  std::size_t best = 0;
  for (std::size_t i = 1; i < a.size(); ++i) {
    if (beyond(a[i], a[best])) best = i;
  }
  return best;
}

void extremes_are_found(KernelContext t) {
  for (Dtype const dtype : kDtypes) {
    for (std::size_t const n : kLengths) {
      Array const a = make(dtype, n);
      std::size_t const least = first_of(a, std::less<>{});
      std::size_t const greatest = first_of(a, std::greater<>{});
      CHECK(reduced(t, ReduceOp::Min, a) == a[least]);
      CHECK(reduced(t, ReduceOp::Max, a) == a[greatest]);
      CHECK(reduced(t, ReduceOp::ArgMin, a) == double(least));
      CHECK(reduced(t, ReduceOp::ArgMax, a) == double(greatest));
    }
  }
}

void zeros_and_nans_are_as_in_javascript(KernelContext t) {
  constexpr ReduceOp kExtremes[] = {ReduceOp::Min, ReduceOp::Max};
  for (Dtype const dtype : {Dtype::F64, Dtype::F32}) {
    for (std::size_t const n : kLengths) {
      if (n < 3) continue;
      std::size_t const at = n * 2 / 3, later = n - 1;
      Array a(dtype, {n});
      for (std::size_t i = 0; i < n; ++i) a.set(i, 0.0);
      a.set(at, -0.0);
      CHECK(is_same(reduced(t, ReduceOp::Min, a), -0.0));
      CHECK(is_same(reduced(t, ReduceOp::Max, a), 0.0));
      CHECK(reduced(t, ReduceOp::ArgMin, a) == 0 && reduced(t, ReduceOp::ArgMax, a) == 0);
      a.set(0, -kInfinity);
      a.set(1, kInfinity);
      CHECK(reduced(t, ReduceOp::Min, a) == -kInfinity);
      CHECK(reduced(t, ReduceOp::Max, a) == kInfinity);
      CHECK(std::isnan(reduced(t, ReduceOp::Sum, a)));
      a.set(later, std::numeric_limits<double>::quiet_NaN());
      a.set(at, std::numeric_limits<double>::quiet_NaN());
      for (ReduceOp const op : kExtremes) CHECK(std::isnan(reduced(t, op, a)));
      CHECK(reduced(t, ReduceOp::ArgMin, a) == double(at));
      CHECK(reduced(t, ReduceOp::ArgMax, a) == double(at));
    }
  }
}

void nothing_has_no_extreme(KernelContext t) {
  for (Dtype const dtype : kDtypes) {
    Array const none(dtype, {0});
    CHECK(is_same(reduced(t, ReduceOp::Sum, none), 0.0) && dot_of(t, none, none) == 0);
    CHECK(reduced(t, ReduceOp::Prod, none) == 1);
    CHECK(std::isnan(reduced(t, ReduceOp::Mean, none)));
    for (ReduceOp const op : {ReduceOp::Min, ReduceOp::Max, ReduceOp::ArgMin, ReduceOp::ArgMax}) {
      double out;
      CHECK(array::reduce(t, op, none.view(), out) == Status::Empty);
    }
  }
}

void everything(KernelContext t) {
  sums_have_the_documented_bits(t);
  products_have_the_documented_bits(t);
  integers_are_summed_exactly(t);
  extremes_are_found(t);
  zeros_and_nans_are_as_in_javascript(t);
  nothing_has_no_extreme(t);
}

}  // namespace

int main() {
  on_every_set(everything);
}
