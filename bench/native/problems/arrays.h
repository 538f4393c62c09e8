#pragma once
// C loops over arrays, as a compiler makes vectors of them that may reorder sums: compiled for each
// kind of processor, whichever this one is.

#include <cstddef>

#include "kernels/array/loops.h"

namespace bench {

// An operation of one processor, as long as n says; out is the last array, if it has one.
struct ArrayLoops {
  void (*mul)(double const* a, double const* b, double* out, std::size_t n);
  void (*add)(double const* a, double const* b, double* out, std::size_t n);
  void (*multiply_add)(double const* a, double const* b, double const* c, double* out,
                       std::size_t n);
  double (*sum)(double const* a, std::size_t n);
  double (*dot)(double const* a, double const* b, std::size_t n);
};

#define HEDDLE_ARRAY_LOOPS(name, ...)                                                            \
  struct name {                                                                                  \
    __VA_ARGS__ static void mul(double const* __restrict a, double const* __restrict b,          \
                                double* __restrict out, std::size_t n) {                         \
      for (std::size_t i = 0; i < n; ++i) out[i] = a[i] * b[i];                                  \
    }                                                                                            \
    __VA_ARGS__ static void add(double const* __restrict a, double const* __restrict b,          \
                                double* __restrict out, std::size_t n) {                         \
      for (std::size_t i = 0; i < n; ++i) out[i] = a[i] + b[i];                                  \
    }                                                                                            \
    __VA_ARGS__ static void multiply_add(double const* __restrict a, double const* __restrict b, \
                                         double const* __restrict c, double* __restrict out,     \
                                         std::size_t n) {                                        \
      for (std::size_t i = 0; i < n; ++i) out[i] = a[i] * b[i] + c[i];                           \
    }                                                                                            \
    __VA_ARGS__ static double sum(double const* a, std::size_t n) {                              \
      double total = 0;                                                                          \
      for (std::size_t i = 0; i < n; ++i) total += a[i];                                         \
      return total;                                                                              \
    }                                                                                            \
    __VA_ARGS__ static double dot(double const* a, double const* b, std::size_t n) {             \
      double total = 0;                                                                          \
      for (std::size_t i = 0; i < n; ++i) total += a[i] * b[i];                                  \
      return total;                                                                              \
    }                                                                                            \
    static constexpr ArrayLoops kAll{mul, add, multiply_add, sum, dot};                          \
  };

#if defined(__x86_64__)
HEDDLE_ARRAY_LOOPS(Avx512Loops, __attribute__((noinline, optimize("O3,fast-math"),
                                               target("avx512f,prefer-vector-width=512,fma"))))
HEDDLE_ARRAY_LOOPS(Avx2Loops,
                   __attribute__((noinline, optimize("O3,fast-math"), target("avx2,fma"))))
#endif
HEDDLE_ARRAY_LOOPS(PlainLoops, __attribute__((noinline, optimize("O3,fast-math"))))

#undef HEDDLE_ARRAY_LOOPS

inline ArrayLoops const& native_array_loops() {
#if defined(__x86_64__)
  if (heddle::array::has(heddle::array::InstructionSet::Avx512)) return Avx512Loops::kAll;
  if (heddle::array::has(heddle::array::InstructionSet::Avx2)) return Avx2Loops::kAll;
#endif
  return PlainLoops::kAll;
}

}  // namespace bench
