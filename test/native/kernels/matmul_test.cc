// Unit: a product of matrices is what its sums are, and the same to the last bit however many
// workers there are.

#include "kernels/array/matmul.h"

#include "kernels/arrays.h"

using namespace heddle;
using namespace heddle::test;

namespace {

void shapes_go_together() {
  CHECK(matmul_shape({2, 3}, {3, 4}) == Shape({2, 4}));
  CHECK(matmul_shape({3}, {3, 4}) == Shape({4}));
  CHECK(matmul_shape({2, 3}, {3}) == Shape({2}));
  CHECK(matmul_shape({3}, {3}) == Shape());
  CHECK(matmul_shape({0, 3}, {3, 4}) == Shape({0, 4}));
  CHECK(!matmul_shape({2, 3}, {4, 3}).has_value());
  CHECK(!matmul_shape({3}, {}).has_value());
  CHECK(!matmul_shape({1, 2, 3}, {3, 4}).has_value());
  CHECK(!matmul_shape({1 << 16, 1}, {1, 1 << 16}).has_value());  // Too many elements.
}

Array filled(Dtype dtype, Shape const& shape, std::uint64_t seed, std::uint64_t values) {
  Array array(dtype, shape);
  for (std::size_t i = 0; i < array.size(); ++i) {
    array.set(i, double(mix(i + seed) % values) - double(values / 2));
  }
  return array;
}

Array product(KernelContext t, Array const& a, Array const& b) {
  Array out(a.dtype(), *matmul_shape(a.view().shape, b.view().shape));
  for (std::size_t i = 0; i < out.size(); ++i) out.set(i, -77);
  CHECK(matmul(t, a.view(), b.view(), out.view()) == Status::Done);
  return out;
}

// Small whole numbers, whose sums are exact in any order.
void sums_are_right(KernelContext t) {
  std::size_t const sides[][3] = {{1, 1, 1},    {2, 3, 4},    {8, 384, 24},  {9, 385, 25},
                                  {7, 5, 1},    {1, 300, 50}, {100, 1, 100}, {97, 600, 49},
                                  {30, 0, 20},  {4, 700, 48}, {300, 20, 3},  {65, 64, 130},
                                  {1, 20, 1100}};
  for (Dtype const dtype : {Dtype::F64, Dtype::F32}) {
    for (auto const& [rows, terms, columns] : sides) {
      Array const a = filled(dtype, {rows, terms}, 1, 11),
                  b = filled(dtype, {terms, columns}, 2, 7);
      Array const out = product(t, a, b);
      check_elements("matmul", 0, out, [&, terms = terms, columns = columns](std::size_t i) {
        double sum = 0;
        for (std::size_t k = 0; k < terms; ++k) {
          sum += a[i / columns * terms + k] * b[k * columns + i % columns];
        }
        return sum;
      });
    }
  }
}

// More than one slab, by C * v = A * (B * v).
void large_sums_are_right(KernelContext t) {
  std::size_t const rows = 2100, terms = 300, columns = 2200;
  Array const a = filled(Dtype::F64, {rows, terms}, 1, 11);
  Array const b = filled(Dtype::F64, {terms, columns}, 2, 7);
  Array const v = filled(Dtype::F64, {columns}, 3, 5);
  CHECK(product(t, product(t, a, b), v) == product(t, a, product(t, b, v)));
}

void vectors_are_rows_and_columns(KernelContext t) {
  for (Dtype const dtype : {Dtype::F64, Dtype::F32}) {
    Array const a = filled(dtype, {30, 500}, 1, 11), row = filled(dtype, {30}, 2, 7);
    Array const column = filled(dtype, {500}, 3, 7);
    Array const left = product(t, row, a), right = product(t, a, column);
    check_elements("row", 0, left, [&](std::size_t j) {
      double sum = 0;
      for (std::size_t k = 0; k < 30; ++k) sum += row[k] * a[k * 500 + j];
      return sum;
    });
    check_elements("column", 0, right, [&](std::size_t i) {
      double sum = 0;
      for (std::size_t k = 0; k < 500; ++k) sum += a[i * 500 + k] * column[k];
      return sum;
    });
    CHECK(product(t, column, column).size() == 1);
  }
}

// Numbers whose sums do depend on the order.
Array rough(Dtype dtype, Shape const& shape, std::uint64_t seed) {
  Array array(dtype, shape);
  for (std::size_t i = 0; i < array.size(); ++i) {
    array.set(i, std::ldexp(double(std::int64_t(mix(i + seed))), -64 - int(mix(i) % 20)));
  }
  return array;
}

void workers_do_not_matter() {
  for (InstructionSet const set : kInstructionSets) {
    if (!has(set)) continue;
    use(set);
    for (Dtype const dtype : {Dtype::F64, Dtype::F32}) {
      Array const a = rough(dtype, {203, 700}, 1), b = rough(dtype, {700, 305}, 2);
      std::optional<Array> first;
      on_workers([&](KernelContext t) {
        Array const out = product(t, a, b);
        if (!first) first = out;
        CHECK(out == *first);
      });
      // And it is near what doubles give.
      double const error = dtype == Dtype::F64 ? 1e-14 : 1e-5;
      for (std::size_t i = 0; i < first->size(); i += 97) {
        double sum = 0, size = 0;
        for (std::size_t k = 0; k < 700; ++k) {
          double const term = a[i / 305 * 700 + k] * b[k * 305 + i % 305];
          sum += term;
          size += std::fabs(term);
        }
        CHECK(std::fabs((*first)[i] - sum) <= error * size);
      }
    }
  }
}

}  // namespace

int main() {
  shapes_go_together();
  on_every_set([](KernelContext t) {
    sums_are_right(t);
    vectors_are_rows_and_columns(t);
  });
  workers_do_not_matter();
  Started scheduler({.threads = 2, .stack_bytes = kStackBytes});
  run(*scheduler, large_sums_are_right);
}
