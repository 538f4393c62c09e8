// How the loops of one instruction set read operands and write results, a block at a time: see
// loops_inl.h, which includes this.

namespace heddle::array::HEDDLE_SET {
namespace {

// An operand, a block at a time.
template <class T, std::size_t count>
class Reader {
 public:
  explicit Reader(Source source)
      : data_(static_cast<T const*>(source.data)), step_(source.is_repeated ? 0 : count) {}

  T const* data() const { return data_; }
  void go_on() { data_ += step_; }

 private:
  T const* data_;
  std::size_t const step_;
};

// A result. Each block is written to block(), then there is go_on(); what is left over to rest().
template <class R, std::size_t count>
class Writer {
 public:
  explicit Writer(Target target) : to_(static_cast<R*>(target.data)), bypasses_(target.bypasses) {}

  R* block() { return bypasses_ ? block_ : to_; }
  void go_on() {
    if (bypasses_) copy_past_caches();
    to_ += count;
  }
  R* rest() const { return to_; }

 private:
  void copy_past_caches() {
#if defined(__x86_64__)
    constexpr std::size_t kPieces = count * sizeof(R) / sizeof(__m128i);
    static_assert(kPieces * sizeof(__m128i) == sizeof block_);
    auto const* const from = reinterpret_cast<__m128i const*>(block_);
    auto* const to = reinterpret_cast<__m128i*>(to_);
    for (std::size_t i = 0; i < kPieces; ++i) _mm_stream_si128(to + i, _mm_load_si128(from + i));
#else
    __builtin_memcpy(to_, block_, sizeof block_);
#endif
  }

  R* to_;
  bool const bypasses_;
  alignas(64) R block_[count];
};

}  // namespace
}  // namespace heddle::array::HEDDLE_SET
