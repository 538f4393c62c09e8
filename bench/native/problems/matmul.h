#pragma once
// Multiplying square matrices by dividing: C += A * B, whose larger part is halved down to a leaf.
//
// Halves of C are independent, so they may be forked; halves of the sum go one after the other.

#include <cstddef>
#include <cstdint>
#include <vector>

namespace bench {

using Vector [[gnu::vector_size(16), gnu::may_alias, gnu::aligned(4)]] = float;

// A part of three matrices, each of whose rows is `stride` floats after the last.
struct Product {
  float* c;
  float const* a;
  float const* b;
  std::uint32_t stride;
  std::uint16_t rows, columns, terms;

  bool is_leaf() const { return rows == kLeaf && columns == kLeaf && terms == kLeaf; }

  // Whether it is the sum over `terms` that is halved: the halves add to the same part of C.
  bool halves_sum() const { return terms > rows && terms > columns; }

  Product half(int which) const {
    Product part = *this;
    std::size_t const second = std::size_t(which);
    if (halves_sum()) {
      part.terms = terms / 2;
      part.a += second * part.terms;
      part.b += second * part.terms * stride;
    } else if (rows >= columns) {
      part.rows = rows / 2;
      part.a += second * part.rows * stride;
      part.c += second * part.rows * stride;
    } else {
      part.columns = columns / 2;
      part.b += second * part.columns;
      part.c += second * part.columns;
    }
    return part;
  }

  static constexpr int kLeaf = 32;
};

// Two rows and eight columns of C stay in registers while the terms go by.
[[gnu::noinline, gnu::aligned(64)]] inline void multiply_leaf(Product const& product) {
  constexpr int kLeaf = Product::kLeaf;
  std::size_t const stride = product.stride;
  for (int i = 0; i < kLeaf; i += 2) {
    float const* const a0 = product.a + std::size_t(i) * stride;
    float const* const a1 = a0 + stride;
    float* const c0 = product.c + std::size_t(i) * stride;
    float* const c1 = c0 + stride;
    for (int j = 0; j < kLeaf; j += 8) {
      auto const at = [](float* place) -> Vector& { return *reinterpret_cast<Vector*>(place); };
      Vector sum[4] = {at(c0 + j), at(c0 + j + 4), at(c1 + j), at(c1 + j + 4)};
      for (int k = 0; k < kLeaf; ++k) {
        float const* const row = product.b + std::size_t(k) * stride + j;
        Vector const left = *reinterpret_cast<Vector const*>(row);
        Vector const right = *reinterpret_cast<Vector const*>(row + 4);
        sum[0] += a0[k] * left;
        sum[1] += a0[k] * right;
        sum[2] += a1[k] * left;
        sum[3] += a1[k] * right;
      }
      at(c0 + j) = sum[0];
      at(c0 + j + 4) = sum[1];
      at(c1 + j) = sum[2];
      at(c1 + j + 4) = sum[3];
    }
  }
}

[[gnu::noinline, gnu::aligned(64)]] inline void multiply(Product product) {
  if (product.is_leaf()) return multiply_leaf(product);
  multiply(product.half(0));
  multiply(product.half(1));
}

struct Matmul {
  using Result = bool;  // There is one.
  static constexpr char const* kName = "matmul";
  static constexpr long kFull = 1024;
  static constexpr long kTiny = 128;

  // Small whole numbers, so that every sum is exact, in any order.
  explicit Matmul(long size) : n(std::size_t(size)), a(n * n), b(n * n), c(n * n) {
    for (std::size_t i = 0; i < n * n; ++i) {
      a[i] = float(int(i * 7 % 11) - 5);
      b[i] = float(int(i * 5 % 13) - 6);
    }
  }

  Product root() {
    std::uint16_t const all = std::uint16_t(n);
    return {c.data(), a.data(), b.data(), std::uint32_t(n), all, all, all};
  }
  Result solve() {
    multiply(root());
    return true;
  }

  // By C * v = A * (B * v), for a v of small whole numbers.
  bool is_right(Result) const {
    std::vector<double> v(n), bv(n);
    for (std::size_t i = 0; i < n; ++i) v[i] = double(i % 5) - 2;
    for (std::size_t i = 0; i < n; ++i) bv[i] = row_times(b, i, v);
    for (std::size_t i = 0; i < n; ++i) {
      if (row_times(c, i, v) != row_times(a, i, bv)) return false;
    }
    return true;
  }

  // Leaves.
  std::uint64_t units() const {
    std::uint64_t const leaves = n / Product::kLeaf;
    return leaves * leaves * leaves;
  }

  double row_times(std::vector<float> const& matrix, std::size_t row,
                   std::vector<double> const& v) const {
    double sum = 0;
    for (std::size_t i = 0; i < n; ++i) sum += double(matrix[row * n + i]) * v[i];
    return sum;
  }

  std::size_t n;
  std::vector<float> a, b, c;
};

}  // namespace bench
