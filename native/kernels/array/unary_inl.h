// Loops over one operand for one instruction set: see loops_inl.h, which includes this.
//
// Each is a loop over a block, of a length that the compiler knows: that it makes vectors of, with
// -O2 and for every set. So an operation is what it does to one element, without branches.

namespace heddle::array::HEDDLE_SET {
namespace {

struct Neg {
  template <class T>
  static T run(T x) {
    if constexpr (kIsFloat<T>) {
      return -x;
    } else {
      return T(0u - x);
    }
  }
};
struct Abs {
  template <class T>
  static T run(T x) {
    if constexpr (kIsFloat<T>) {
      return magnitude(x);
    } else if constexpr (kIsSigned<T>) {
      return T(x < 0 ? 0u - unsigned(x) : unsigned(x));
    } else {
      return x;
    }
  }
};
struct Not {
  template <class T>
  static std::uint8_t run(T x) {
    return !is_true(x);
  }
};

// The whole number next to x, as the processor rounds. Both signs of 0 are those of x.
template <class T>
T nearest(T x) {
  T const large = magnitude(x) + Traits<T>::kWhole;
  return with_sign_of(large - Traits<T>::kWhole, x);
}
// `rounded`, unless x is whole anyway, or NaN.
template <class T>
T unless_whole(T x, T rounded) {
  bool const may_change = magnitude(x) < Traits<T>::kWhole;
  return from_bits<T>(select(may_change, bits_of(with_sign_of(rounded, x)), bits_of(x)));
}

struct Floor {
  template <class T>
  static T run(T x) {
    if constexpr (kIsFloat<T>) {
      T const near = nearest(x);
      return unless_whole(x, near - one_if<T>(near > x));
    } else {
      return x;
    }
  }
};
struct Ceil {
  template <class T>
  static T run(T x) {
    if constexpr (kIsFloat<T>) {
      T const near = nearest(x);
      return unless_whole(x, near + one_if<T>(near < x));
    } else {
      return x;
    }
  }
};
// As Math.round(): a half goes up.
struct Round {
  template <class T>
  static T run(T x) {
    if constexpr (kIsFloat<T>) {
      T const near = nearest(x);
      T const below = near - one_if<T>(near > x);
      return unless_whole(x, below + one_if<T>(x - below >= T(0.5)));
    } else {
      return x;
    }
  }
};

template <class Op>
struct Unary {
  template <class T>
  static constexpr UnaryLoop loop() {
    return run<T>;
  }
  template <class T>
  static void run(void const* in, Target out, std::size_t n) {
    using R = decltype(Op::run(T{}));
    T const* x = static_cast<T const*>(in);
    Writer<R, kBlock<T>> writer(out);
    for (; n >= kBlock<T>; n -= kBlock<T>, x += kBlock<T>) {
      R* const to = writer.block();
      HEDDLE_INDEPENDENT
      for (std::size_t i = 0; i < kBlock<T>; ++i) to[i] = Op::run(x[i]);
      writer.go_on();
    }
    R* const to = writer.rest();
    for (std::size_t i = 0; i < n; ++i) to[i] = Op::run(x[i]);
  }
};

// By the processor's own instruction, as sqrt() of <cmath> may set errno and so is a call.
struct SquareRoot {
  template <class T>
  static constexpr UnaryLoop loop() {
    return run<T>;
  }
  template <class T>
  static void run(void const* in, Target out, std::size_t n) {
    constexpr std::size_t kCount = kWidth<T>;
    T const* x = static_cast<T const*>(in);
    T* to = static_cast<T*>(out.data);
    for (; n >= kCount; n -= kCount, x += kCount, to += kCount) {
      store(to, square_root(load<Vector<T>>(x)));
    }
    if (n == 0) return;
    Vector<T> last{};
    __builtin_memcpy(&last, x, n * sizeof(T));
    last = square_root(last);
    __builtin_memcpy(to, &last, n * sizeof(T));
  }
};

}  // namespace
}  // namespace heddle::array::HEDDLE_SET
