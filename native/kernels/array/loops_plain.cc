// The loops of arrays for what every processor has.
#include "kernels/array/loops.h"

#define HEDDLE_SET plain
#define HEDDLE_SET_VECTOR_BYTES 16
#if defined(__aarch64__)
#define HEDDLE_SET_REGISTERS 32
#else
#define HEDDLE_SET_REGISTERS 16
#endif
#include "kernels/array/loops_inl.h"
