#pragma once
// The innermost loops, each compiled for every instruction set, and which of them are in use.
//
// | set    | compiled for                         | used where the processor has it      |
// | ------ | ------------------------------------ | ------------------------------------ |
// | Plain  | what every processor has             | always                               |
// | Avx2   | AVX2 and FMA                         | x86-64                               |
// | Avx512 | AVX-512 F, BW, DQ and VL             | x86-64                               |
//
// One source is compiled for all (loops_inl.h). Rules, cited by name there:
//   V1  All sets give the same bits, but for `matmul`, which may round once where others do twice:
//       in fused() alone.
//   V2  A function compiled for a set calls functions of its own namespace, of <cmath> that are not
//       templates, and built-in ones: the linker keeps one copy of any other that is inline, maybe
//       the one that this processor lacks instructions for.

#include <cstddef>
#include <cstdint>

#if defined(__x86_64__)
#include <immintrin.h>
#elif defined(__aarch64__)
#include <arm_neon.h>
#endif

#include "kernels/array/operations.h"

namespace heddle::array {

// Loops go over blocks of so many bytes of one operand: a length that the compiler knows, so that
// it makes vectors of it. What is left over at the end is done one by one, with the same result.
inline constexpr std::size_t kBlockBytes = 256;

// An operand of an element-wise loop.
struct Source {
  void const* data;
  // `data` is one block of kBlockBytes, of equal elements, and stands for as many as are wanted.
  bool is_repeated = false;
};

// Its result.
struct Target {
  void* data;
  // `data` begins a cache line, and is to be written past the caches (bypass.h). A loop that has
  // more to do than wait for memory need not.
  bool bypasses = false;
};

using UnaryLoop = void (*)(void const* in, Target out, std::size_t n);
using BinaryLoop = void (*)(Source a, Source b, Target out, std::size_t n);
using TernaryLoop = void (*)(Source a, Source b, Source c, Target out, std::size_t n);

// A product of two panels, in registers (matmul.h).
inline constexpr std::size_t kTileElementsMax = 8 * 3 * 16;
template <class T>
struct TileLoop {
  std::size_t rows = 0;
  std::size_t columns = 0;
  // c[i][j] (+)= the sum over k of a[k * rows + i] * b[k * columns + j]. `stride` is that of c.
  void (*run)(T const* a, T const* b, std::size_t terms, T* c, std::size_t stride,
              bool adds) = nullptr;
};

// A null pointer is an operation that slow_loops.h has.
struct Loops {
  UnaryLoop unary[kUnaryCount][kDtypeCount];
  // Gt and Ge are Lt and Le with the operands exchanged.
  BinaryLoop binary[kBinaryCount][kDtypeCount];
  // a * b + c, rounded twice.
  TernaryLoop multiply_add[kDtypeCount];
  // a ? b : c, where a is U8. By the size of the elements, which is 1 << the index.
  TernaryLoop where[4];

  // The value of a block, in the order of reduce.h. Floats only.
  double (*sum[2])(void const* in, std::size_t n);
  double (*dot[2])(void const* a, void const* b, std::size_t n);
  // Of any type, exactly, modulo 2^64.
  std::uint64_t (*sum_exactly[kDtypeCount])(void const* in, std::size_t n);
  double (*product[kDtypeCount])(void const* in, std::size_t n);
  // n > 0. A NaN if there is one.
  double (*minimum[kDtypeCount])(void const* in, std::size_t n);
  double (*maximum[kDtypeCount])(void const* in, std::size_t n);

  TileLoop<double> tile_f64;
  TileLoop<float> tile_f32;
};

enum class InstructionSet : std::uint8_t { Plain, Avx2, Avx512 };
inline constexpr InstructionSet kInstructionSets[] = {InstructionSet::Plain, InstructionSet::Avx2,
                                                      InstructionSet::Avx512};

bool has(InstructionSet set);

// The loops to use: those of the best set that this processor has. Any thread.
Loops const& loops();

// For tests: the loops of another set, which the processor has, for operations that start later.
void use(InstructionSet set);

// What each file has compiled. Only where the processor has the set.
namespace plain {
Loops const& compiled();
}
#if defined(__x86_64__)
namespace avx2 {
Loops const& compiled();
}
namespace avx512 {
Loops const& compiled();
}
#endif

}  // namespace heddle::array
