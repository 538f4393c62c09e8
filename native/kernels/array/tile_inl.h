// The innermost loop of a product of matrices, for one instruction set: see loops_inl.h, which
// includes this.
//
// A tile of the result stays in registers while the terms go by: for each one, `columns` of B are
// loaded as vectors, and each of `rows` elements of A is multiplied with all of them.

namespace heddle::array::HEDDLE_SET {
namespace {

struct Tile {
  // Rows and vectors that leave registers for B's vectors and A's element.
  static constexpr std::size_t kRows = HEDDLE_SET_REGISTERS == 32 ? 8 : 4;
  static constexpr std::size_t kVectors = HEDDLE_SET_REGISTERS == 32 || kVectorBytes > 16 ? 3 : 2;

  template <class T>
  static constexpr TileLoop<T> loop() {
    static_assert(kRows * kVectors * kWidth<T> <= kTileElementsMax);
    return {kRows, kVectors * kWidth<T>, run<T>};
  }

  template <class T>
  static void run(T const* a, T const* b, std::size_t terms, T* c, std::size_t stride, bool adds) {
    Vector<T> sums[kRows][kVectors] = {};
    for (; terms > 0; --terms, a += kRows, b += kVectors * kWidth<T>) {
      Vector<T> columns[kVectors];
#pragma GCC unroll 3
      for (std::size_t v = 0; v < kVectors; ++v) columns[v] = load<Vector<T>>(b + v * kWidth<T>);
#pragma GCC unroll 8
      for (std::size_t i = 0; i < kRows; ++i) {
#pragma GCC unroll 3
        for (std::size_t v = 0; v < kVectors; ++v) {
          sums[i][v] = fused(repeat(a[i]), columns[v], sums[i][v]);
        }
      }
    }
#pragma GCC unroll 8
    for (std::size_t i = 0; i < kRows; ++i) {
#pragma GCC unroll 3
      for (std::size_t v = 0; v < kVectors; ++v) {
        T* const to = c + i * stride + v * kWidth<T>;
        Vector<T> const sum = adds ? load<Vector<T>>(to) + sums[i][v] : sums[i][v];
        __builtin_memcpy(to, &sum, sizeof sum);
      }
    }
  }
};

}  // namespace
}  // namespace heddle::array::HEDDLE_SET
