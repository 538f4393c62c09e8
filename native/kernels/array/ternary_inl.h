// Loops over three operands for one instruction set: see loops_inl.h, which includes this.

namespace heddle::array::HEDDLE_SET {
namespace {

// The product is rounded before it is added to (V1).
struct MultiplyAdd {
  template <class T>
  static constexpr TernaryLoop loop() {
    return run<T>;
  }
  template <class T>
  static void run(Source left, Source right, Source summand, Target out, std::size_t n) {
    Reader<T, kBlock<T>> a(left), b(right), c(summand);
    Writer<T, kBlock<T>> writer(out);
    for (; n >= kBlock<T>; n -= kBlock<T>) {
      T const* const x = a.data();
      T const* const y = b.data();
      T const* const z = c.data();
      T* const to = writer.block();
      HEDDLE_INDEPENDENT
      for (std::size_t i = 0; i < kBlock<T>; ++i) to[i] = Add::run(Mul::run(x[i], y[i]), z[i]);
      a.go_on();
      b.go_on();
      c.go_on();
      writer.go_on();
    }
    T* const to = writer.rest();
    for (std::size_t i = 0; i < n; ++i) {
      to[i] = Add::run(Mul::run(a.data()[i], b.data()[i]), c.data()[i]);
    }
  }
};

struct Where {
  template <class T>
  static constexpr TernaryLoop loop() {
    return run<T>;
  }
  template <class T>
  static void run(Source condition, Source yes, Source no, Target out, std::size_t n) {
    Reader<std::uint8_t, kBlock<T>> c(condition);
    Reader<T, kBlock<T>> a(yes), b(no);
    Writer<T, kBlock<T>> writer(out);
    for (; n >= kBlock<T>; n -= kBlock<T>) {
      std::uint8_t const* const is_a = c.data();
      T const* const x = a.data();
      T const* const y = b.data();
      T* const to = writer.block();
      HEDDLE_INDEPENDENT
      for (std::size_t i = 0; i < kBlock<T>; ++i) to[i] = select(is_a[i] != 0, x[i], y[i]);
      c.go_on();
      a.go_on();
      b.go_on();
      writer.go_on();
    }
    T* const to = writer.rest();
    for (std::size_t i = 0; i < n; ++i) {
      to[i] = select(c.data()[i] != 0, a.data()[i], b.data()[i]);
    }
  }
};

}  // namespace
}  // namespace heddle::array::HEDDLE_SET
