// The loops of arrays for processors with AVX-512.
#include "kernels/array/loops.h"

#if defined(__x86_64__)

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,fma"))), \
                             apply_to = function)
#else
#pragma GCC target("avx512f,avx512bw,avx512dq,avx512vl,fma,prefer-vector-width=512")
#endif

#define HEDDLE_SET avx512
#define HEDDLE_SET_VECTOR_BYTES 64
#define HEDDLE_SET_REGISTERS 32
#include "kernels/array/loops_inl.h"

#if defined(__clang__)
#pragma clang attribute pop
#endif

#endif
