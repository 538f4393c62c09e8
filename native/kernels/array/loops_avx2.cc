// The loops of arrays for processors with AVX2 and FMA.
#include "kernels/array/loops.h"

#if defined(__x86_64__)

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#else
#pragma GCC target("avx2,fma")
#endif

#define HEDDLE_SET avx2
#define HEDDLE_SET_VECTOR_BYTES 32
#define HEDDLE_SET_REGISTERS 16
#include "kernels/array/loops_inl.h"

#if defined(__clang__)
#pragma clang attribute pop
#endif

#endif
