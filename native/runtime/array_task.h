#pragma once
// An operation on arrays: waits for its operands, and runs a kernel on a fiber.
//
// What it is to do comes as numbers, in the words of lib/arrays.ts, which has checked types and
// shapes. Rules, cited below by name:
//   A1  Whoever brings the last operand (flow/missing.h) submits the task; from then on it belongs
//       to the scheduler.

#include <array>
#include <span>
#include <vector>

#include "flow/stream.h"
#include "kernels/array/operations.h"
#include "kernels/array/reduce.h"
#include "kernels/array/slice.h"
#include "kernels/array/types.h"

namespace heddle {

// The numbers are a contract with lib/arrays.ts.
enum class ArrayCode : std::uint8_t {
  Unary,   // `detail` is an array::UnaryOp
  Binary,  // an array::BinaryOp
  Where,   // of a condition and two operands
  Reduce,  // an array::ReduceOp; to a Number
  Dot,     // to a Number
  Scan,
  Sort,
  Matmul,
  Slice,    // `slices` say of what
  Reshape,  // the same elements
};
inline constexpr std::size_t kArrayCodeCount = 10;
inline constexpr std::size_t kArrayOperandsMax = 3;

// What one operand is.
struct ArraySource {
  enum class Kind : std::uint8_t { Number, Array, NumberHandle };
  Kind kind = Kind::Number;
  Handle handle = 0;
  double number = 0;  // Without a handle.
  array::Dtype dtype{};
  array::Shape shape;
};

struct ArrayRequest {
  ArrayCode code{};
  std::uint8_t detail = 0;
  array::Dtype dtype{};  // Of the result, and of numbers among the operands: `number_dtype`.
  array::Dtype number_dtype{};
  array::Shape shape;
  std::size_t sources_count = 0;
  std::array<ArraySource, kArrayOperandsMax> sources;
  std::vector<array::Slice> slices;
};

// Reads a request out of words, which lib has written. Ends the program if they make no sense.
ArrayRequest read_array_request(std::span<double const> words);

// Its name in traces.
std::uint32_t label_for(ArrayRequest const& request);

// Computes it into the fresh handle `result`. The stream's thread.
void run_array_request(Stream& stream, Home& home, Handle result, ArrayRequest request);

}  // namespace heddle
