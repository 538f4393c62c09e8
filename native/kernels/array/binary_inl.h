// Loops over two operands for one instruction set, as unary_inl.h does it for one: see loops_inl.h,
// which includes this.

namespace heddle::array::HEDDLE_SET {
namespace {

struct Add {
  template <class T>
  static T run(T a, T b) {
    return T(a + b);
  }
};
struct Sub {
  template <class T>
  static T run(T a, T b) {
    return T(a - b);
  }
};
struct Mul {
  template <class T>
  static T run(T a, T b) {
    if constexpr (kIsFloat<T>) {
      return a * b;
    } else {
      return T(1u * a * b);  // Of small types the product would be a signed int.
    }
  }
};
struct Div {
  template <class T>
  static T run(T a, T b) {
    return a / b;
  }
};

// As Math.min() and Math.max(): NaN if either is, and -0 is less than 0. Two zeros are told apart
// by their signs, that is all of their bits.
struct Minimum {
  template <class T>
  static T run(T a, T b) {
    if constexpr (kIsFloat<T>) {
      T const either = from_bits<T>(bits_of(a) | bits_of(b));
      T const less = a < b ? a : b;
      T const least = a == b ? either : less;
      return a != a ? a : least;
    } else {
      return a < b ? a : b;
    }
  }
};
struct Maximum {
  template <class T>
  static T run(T a, T b) {
    if constexpr (kIsFloat<T>) {
      T const both = from_bits<T>(bits_of(a) & bits_of(b));
      T const more = a > b ? a : b;
      T const most = a == b ? both : more;
      return a != a ? a : most;
    } else {
      return a > b ? a : b;
    }
  }
};

struct Eq {
  template <class T>
  static std::uint8_t run(T a, T b) {
    return a == b;
  }
};
struct Ne {
  template <class T>
  static std::uint8_t run(T a, T b) {
    return a != b;
  }
};
struct Lt {
  template <class T>
  static std::uint8_t run(T a, T b) {
    return a < b;
  }
};
struct Le {
  template <class T>
  static std::uint8_t run(T a, T b) {
    return a <= b;
  }
};
struct And {
  template <class T>
  static std::uint8_t run(T a, T b) {
    return int(is_true(a)) & int(is_true(b));
  }
};
struct Or {
  template <class T>
  static std::uint8_t run(T a, T b) {
    return int(is_true(a)) | int(is_true(b));
  }
};

template <class Op>
struct Binary {
  template <class T>
  static constexpr BinaryLoop loop() {
    return run<T>;
  }
  template <class T>
  static void run(Source left, Source right, Target out, std::size_t n) {
    using R = decltype(Op::run(T{}, T{}));
    Reader<T, kBlock<T>> a(left), b(right);
    Writer<R, kBlock<T>> writer(out);
    for (; n >= kBlock<T>; n -= kBlock<T>) {
      T const* const x = a.data();
      T const* const y = b.data();
      R* const to = writer.block();
      HEDDLE_INDEPENDENT
      for (std::size_t i = 0; i < kBlock<T>; ++i) to[i] = Op::run(x[i], y[i]);
      a.go_on();
      b.go_on();
      writer.go_on();
    }
    R* const to = writer.rest();
    for (std::size_t i = 0; i < n; ++i) to[i] = Op::run(a.data()[i], b.data()[i]);
  }
};

}  // namespace
}  // namespace heddle::array::HEDDLE_SET
