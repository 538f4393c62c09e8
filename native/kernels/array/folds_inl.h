// Reductions of a block for one instruction set: see loops_inl.h, which includes this.

namespace heddle::array::HEDDLE_SET {
namespace {

// As many elements of any type as there are doubles in a vector, as doubles.
template <class T>
Vector<double> load_doubles(T const* from) {
  if constexpr (sizeof(T) == sizeof(double)) {
    return load<Vector<double>>(from);
  } else {
    using Narrow = typename VectorOf<T, kWidth<double>>::Type;
    return __builtin_convertvector(load<Narrow>(from), Vector<double>);
  }
}

// The order of reduce.h within a block: element i goes to column i modulo 16, and columns are
// combined pairwise. Combine::run() combines numbers and vectors alike.
template <class Combine>
class Columns {
 public:
  explicit Columns(double identity) {
    for (Vector<double>& part : parts_) part = repeat(identity);
  }

  // next(i) is the vector of elements from i on, last(i) the element i alone.
  template <class Next, class Last>
  [[gnu::always_inline]] double fold(std::size_t n, Next const& next, Last const& last) {
    std::size_t i = 0;
    for (; i + kColumns <= n; i += kColumns) {
#pragma GCC unroll 8
      for (std::size_t part = 0; part < kParts; ++part) {
        parts_[part] = Combine::run(parts_[part], next(i + part * kWidth<double>));
      }
    }
    double columns[kColumns];
    __builtin_memcpy(columns, parts_, sizeof columns);
    for (std::size_t column = 0; i < n; ++i, ++column) {
      columns[column] = Combine::run(columns[column], last(i));
    }
    for (std::size_t half = kColumns / 2; half > 0; half /= 2) {
      for (std::size_t column = 0; column < half; ++column) {
        columns[column] = Combine::run(columns[column], columns[column + half]);
      }
    }
    return columns[0];
  }

 private:
  static constexpr std::size_t kColumns = 16;
  static constexpr std::size_t kParts = kColumns / kWidth<double>;

  Vector<double> parts_[kParts];
};

struct Plus {
  template <class V>
  static V run(V a, V b) {
    return a + b;
  }
};
struct Times {
  template <class V>
  static V run(V a, V b) {
    return a * b;
  }
};

struct Sum {
  template <class T>
  static constexpr auto loop() {
    return run<T>;
  }
  template <class T>
  static double run(void const* in, std::size_t n) {
    T const* const x = static_cast<T const*>(in);
    return Columns<Plus>(0).fold(
        n, [x](std::size_t i) { return load_doubles(x + i); },
        [x](std::size_t i) { return double(x[i]); });
  }
};

struct Product {
  template <class T>
  static constexpr auto loop() {
    return run<T>;
  }
  template <class T>
  static double run(void const* in, std::size_t n) {
    T const* const x = static_cast<T const*>(in);
    return Columns<Times>(1).fold(
        n, [x](std::size_t i) { return load_doubles(x + i); },
        [x](std::size_t i) { return double(x[i]); });
  }
};

struct Dot {
  template <class T>
  static constexpr auto loop() {
    return run<T>;
  }
  template <class T>
  static double run(void const* left, void const* right, std::size_t n) {
    T const* const a = static_cast<T const*>(left);
    T const* const b = static_cast<T const*>(right);
    return Columns<Plus>(0).fold(
        n, [=](std::size_t i) { return load_doubles(a + i) * load_doubles(b + i); },
        [=](std::size_t i) { return double(a[i]) * double(b[i]); });
  }
};

struct SumExactly {
  template <class T>
  static constexpr auto loop() {
    return run<T>;
  }
  template <class T>
  static std::uint64_t run(void const* in, std::size_t n) {
    T const* x = static_cast<T const*>(in);
    std::uint64_t sum = 0;
    for (; n >= kBlock<T>; n -= kBlock<T>, x += kBlock<T>) {
      for (std::size_t i = 0; i < kBlock<T>; ++i) sum += std::uint64_t(x[i]);
    }
    for (std::size_t i = 0; i < n; ++i) sum += std::uint64_t(x[i]);
    return sum;
  }
};

// The least or the greatest. Any order gives the same.
template <class Op>
struct Extreme {
  template <class T>
  static constexpr auto loop() {
    return run<T>;
  }
  template <class T>
  static double run(void const* in, std::size_t n) {
    T const* x = static_cast<T const*>(in);
    T so_far[kBlock<T>];
    if (n < kBlock<T>) {
      T most = x[0];
      for (std::size_t i = 1; i < n; ++i) most = Op::run(most, x[i]);
      return double(most);
    }
    __builtin_memcpy(so_far, x, sizeof so_far);
    for (x += kBlock<T>, n -= kBlock<T>; n >= kBlock<T>; n -= kBlock<T>, x += kBlock<T>) {
      HEDDLE_INDEPENDENT
      for (std::size_t i = 0; i < kBlock<T>; ++i) so_far[i] = Op::run(so_far[i], x[i]);
    }
    for (std::size_t i = 0; i < n; ++i) so_far[i] = Op::run(so_far[i], x[i]);
    T most = so_far[0];
    for (std::size_t i = 1; i < kBlock<T>; ++i) most = Op::run(most, so_far[i]);
    return double(most);
  }
};

}  // namespace
}  // namespace heddle::array::HEDDLE_SET
