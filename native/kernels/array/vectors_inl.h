// Vectors of one instruction set: see loops_inl.h, which includes this.

namespace heddle::array::HEDDLE_SET {
namespace {

// So many Ts in one register, or in part of one.
template <class T, std::size_t count>
struct VectorOf {
  typedef T Type __attribute__((vector_size(sizeof(T) * count)));
};
constexpr std::size_t kVectorBytes = HEDDLE_SET_VECTOR_BYTES;
template <class T>
constexpr std::size_t kWidth = kVectorBytes / sizeof(T);
template <class T>
using Vector = typename VectorOf<T, kWidth<T>>::Type;

template <class V, class T>
V load(T const* from) {
  V vector;
  __builtin_memcpy(&vector, from, sizeof vector);
  return vector;
}

template <class V, class T>
void store(T* to, V vector) {
  __builtin_memcpy(to, &vector, sizeof vector);
}

// x in every element: a difference that no compiler computes.
template <class T>
Vector<T> repeat(T x) {
  return x - Vector<T>{};
}

// fused() is a * b + c, rounded once where the set can do that.
#if HEDDLE_SET_VECTOR_BYTES == 64
inline Vector<double> fused(Vector<double> a, Vector<double> b, Vector<double> c) {
  return _mm512_fmadd_pd(a, b, c);
}
inline Vector<float> fused(Vector<float> a, Vector<float> b, Vector<float> c) {
  return _mm512_fmadd_ps(a, b, c);
}
inline Vector<double> square_root(Vector<double> x) {
  return _mm512_maskz_sqrt_pd(__mmask8(-1), x);
}
inline Vector<float> square_root(Vector<float> x) {
  return _mm512_maskz_sqrt_ps(__mmask16(-1), x);
}
#elif HEDDLE_SET_VECTOR_BYTES == 32
inline Vector<double> fused(Vector<double> a, Vector<double> b, Vector<double> c) {
  return _mm256_fmadd_pd(a, b, c);
}
inline Vector<float> fused(Vector<float> a, Vector<float> b, Vector<float> c) {
  return _mm256_fmadd_ps(a, b, c);
}
inline Vector<double> square_root(Vector<double> x) {
  return _mm256_sqrt_pd(x);
}
inline Vector<float> square_root(Vector<float> x) {
  return _mm256_sqrt_ps(x);
}
#elif defined(__x86_64__)
template <class V>
V fused(V a, V b, V c) {
  return a * b + c;
}
inline Vector<double> square_root(Vector<double> x) {
  return _mm_sqrt_pd(x);
}
inline Vector<float> square_root(Vector<float> x) {
  return _mm_sqrt_ps(x);
}
#else
inline Vector<double> fused(Vector<double> a, Vector<double> b, Vector<double> c) {
  return vfmaq_f64(c, a, b);
}
inline Vector<float> fused(Vector<float> a, Vector<float> b, Vector<float> c) {
  return vfmaq_f32(c, a, b);
}
inline Vector<double> square_root(Vector<double> x) {
  return vsqrtq_f64(x);
}
inline Vector<float> square_root(Vector<float> x) {
  return vsqrtq_f32(x);
}
#endif

}  // namespace
}  // namespace heddle::array::HEDDLE_SET
