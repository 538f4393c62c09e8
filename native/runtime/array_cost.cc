// The cost of an operation on arrays, in additions.

#include "runtime/array_cost.h"

#include "kernels/array/chunks.h"

namespace heddle {

namespace {

using array::BinaryOp;
using array::UnaryOp;

// Some 2 us. What is not more is not forked either.
constexpr std::size_t kQuick = array::kAlone;
constexpr std::size_t kFunction = 8;   // Of an exponential or a sine.
constexpr std::size_t kOneByOne = 64;  // Of what has no loop for many.
constexpr std::size_t kElsewhere = 4;  // Of an element that is fetched from anywhere.

std::size_t cost_of(UnaryOp op) {
  return op > UnaryOp::Sqrt ? kFunction : 1;
}

std::size_t cost_of(BinaryOp op, array::Dtype dtype) {
  if (op == BinaryOp::Rem || op == BinaryOp::Pow) return kOneByOne;
  return op == BinaryOp::Div && !is_float(dtype) ? kOneByOne : 1;
}

}  // namespace

bool is_quick(ArrayRequest const& request) {
  std::size_t const elements = request.shape.elements();
  ArraySource const& first = request.sources[0];
  switch (request.code) {
    case ArrayCode::Unary:
      return elements * cost_of(UnaryOp(request.detail)) <= kQuick;
    case ArrayCode::Binary:
      return elements * cost_of(BinaryOp(request.detail), request.number_dtype) <= kQuick;
    case ArrayCode::Where:
    case ArrayCode::Slice:
      return elements * kElsewhere <= kQuick;
    case ArrayCode::Reduce:
    case ArrayCode::Dot:
      return first.shape.elements() - 1 < array::kReduceBlock;  // Of one block, and not of none.
    case ArrayCode::Reshape:
      return true;
    case ArrayCode::Scan:
    case ArrayCode::Sort:
    case ArrayCode::Matmul:
      return false;
  }
  return false;
}

}  // namespace heddle
