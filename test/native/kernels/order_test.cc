// Unit: running totals, sorting and slices, of every type, as in JavaScript and NumPy.

#include <algorithm>
#include <cstring>

#include "heddle/scan.h"
#include "kernels/array/scan.h"
#include "kernels/array/slice.h"
#include "kernels/array/sort.h"
#include "kernels/arrays.h"

using namespace heddle;
using namespace heddle::test;

namespace {

constexpr std::size_t kLengths[] = {0, 1, 2, 255, 257, 5000, 200'003};

void totals_are_of_the_type_of_the_elements(KernelContext t) {
  for (Dtype const dtype : kDtypes) {
    if (is_float(dtype)) continue;
    for (std::size_t const n : kLengths) {
      Array const a(dtype, {n}, 1);
      Array out(dtype, {n}), expected(dtype, {n});
      CHECK(array::scan(t, a.view(), out.view()) == Status::Done);
      std::uint32_t sum = 0;
      for (std::size_t i = 0; i < n; ++i) {
        sum += std::uint32_t(std::int64_t(a[i]));
        expected.set(i, double(sum));
      }
      CHECK(out == expected);
    }
  }
}

// Blocks as heddle/scan.h documents them: what is before a block is added to its own totals.
template <class T>
void totals_of_floats_have_the_documented_bits(KernelContext t, Dtype dtype) {
  for (std::size_t const n : kLengths) {
    Array a(dtype, {n});
    for (std::size_t i = 0; i < n; ++i) a.set(i, std::ldexp(double(mix(i)), -60 - int(i % 30)));
    Array out(dtype, {n});
    CHECK(array::scan(t, a.view(), out.view()) == Status::Done);
    std::size_t const block = std::max<std::size_t>(256, (n + 511) / 512);
    T carry = 0, local = 0;
    check_elements("scan", 0, out, [&](std::size_t i) {
      T const element = a.data<T>()[i];
      local = i % block == 0 ? element : local + element;
      T const total = i < block ? local : carry + local;
      if (i % block == block - 1) carry = total;
      return double(total);
    });
  }
}

bool is_before(double a, double b) {
  if (std::isnan(a) || std::isnan(b)) return !std::isnan(a) && std::isnan(b);
  return a < b || (a == 0 && b == 0 && std::signbit(a) && !std::signbit(b));
}

void elements_are_sorted_as_in_javascript(KernelContext t) {
  for (Dtype const dtype : kDtypes) {
    for (std::size_t const n : kLengths) {
      Array a(dtype, {n}, 3);
      if (n > 2 && is_float(dtype))
        a.set(1, std::copysign(std::numeric_limits<double>::quiet_NaN(), -1));
      std::vector<double> expected(n);
      for (std::size_t i = 0; i < n; ++i) expected[i] = a[i];
      std::stable_sort(expected.begin(), expected.end(), is_before);
      Array out(dtype, {n});
      CHECK(array::sort(t, a.view(), out.view()) == Status::Done);
      check_elements("sort", 0, out, [&](std::size_t i) { return expected[i]; });
      CHECK(array::sort(t, a.view(), a.view()) == Status::Done);
      check_elements("sort in place", 0, a, [&](std::size_t i) { return expected[i]; });
    }
  }
}

struct Bounds {
  Slice slice;
  std::size_t side;
  Part part;
};

// Each as NumPy's range(side)[start:end:step] has it.
void bounds_are_as_in_numpy() {
  std::int64_t const least = std::numeric_limits<std::int64_t>::min(), most = ~least;
  Bounds const all[] = {
      {{}, 5, {0, 1, 5}},
      {{1, 4, 1}, 5, {1, 1, 3}},
      {{1, 4, 2}, 5, {1, 2, 2}},
      {{1, 5, 2}, 5, {1, 2, 2}},
      {{-3, -1, 1}, 5, {2, 1, 2}},
      {{-99, 99, 1}, 5, {0, 1, 5}},
      {{4, 1, 1}, 5, {0, 1, 0}},
      {{std::nullopt, std::nullopt, -1}, 5, {4, -1, 5}},
      {{std::nullopt, std::nullopt, -2}, 5, {4, -2, 3}},
      {{3, 0, -1}, 5, {3, -1, 3}},
      {{-1, -6, -1}, 5, {4, -1, 5}},
      {{99, -99, -3}, 5, {4, -3, 2}},
      {{0, 3, -1}, 5, {0, 1, 0}},
      {{2, std::nullopt, most}, 5, {2, 6, 1}},
      {{least, most, most}, 5, {0, 6, 1}},
      {{most, least, least}, 5, {4, -6, 1}},
      {{}, 0, {0, 1, 0}},
      {{std::nullopt, std::nullopt, -1}, 0, {0, 1, 0}},
  };
  for (Bounds const& one : all) {
    Part const part = part_of(one.slice, one.side);
    CHECK(part.first == one.part.first && part.step == one.part.step);
    CHECK(part.count == one.part.count);
  }
}

void slices_are_copied(KernelContext t) {
  Shape const shape{30, 40, 50};
  Slice const all[][3] = {{{}, {}, {}},
                          {{3, 7}, {}, {}},
                          {{}, {}, {5, 45}},
                          {{}, {}, {5, 45, 3}},
                          {{-1, std::nullopt, -7}, {2, 30, 5}, {std::nullopt, std::nullopt, -1}},
                          {{}, {7, 8}, {}},
                          {{5, 5}, {}, {}}};
  for (Dtype const dtype : kDtypes) {
    Array const a(dtype, shape, 4);
    for (auto const& slices : all) {
      Part parts[3];
      for (std::size_t d = 0; d < 3; ++d) parts[d] = part_of(slices[d], shape[d]);
      Shape const part = slice_shape(shape, slices);
      CHECK(part == Shape({parts[0].count, parts[1].count, parts[2].count}));
      Array out(dtype, part);
      CHECK(array::slice(t, a.view(), slices, out.view()) == Status::Done);
      check_elements("slice", 0, out, [&](std::size_t i) {
        std::size_t const at[] = {i / (part[1] * part[2]), i / part[2] % part[1], i % part[2]};
        std::int64_t place = 0;
        for (std::size_t d = 0; d < 3; ++d) {
          std::int64_t const index = std::int64_t(parts[d].first) +
                                     std::int64_t(at[d]) * parts[d].step;
          place = place * std::int64_t(shape[d]) + index;
        }
        return a[std::size_t(place)];
      });
    }
  }
}

void missing_slices_are_everything(KernelContext t) {
  Array const a(Dtype::I16, {6, 7}, 5);
  Slice const first[] = {{1, 3}};
  Array out(Dtype::I16, {2, 7});
  CHECK(array::slice(t, a.view(), first, out.view()) == Status::Done);
  check_elements("rows", 0, out, [&](std::size_t i) { return a[7 + i]; });
}

void everything(KernelContext t) {
  totals_are_of_the_type_of_the_elements(t);
  totals_of_floats_have_the_documented_bits<double>(t, Dtype::F64);
  totals_of_floats_have_the_documented_bits<float>(t, Dtype::F32);
  elements_are_sorted_as_in_javascript(t);
  slices_are_copied(t);
  missing_slices_are_everything(t);
}

}  // namespace

int main() {
  bounds_are_as_in_numpy();
  on_workers(everything);
}
