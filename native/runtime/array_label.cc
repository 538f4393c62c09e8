// What operations on arrays are called in traces: the names of the methods of lib/async.ts.

#include <array>
#include <iterator>

#include "base/check.h"
#include "runtime/array_task.h"
#include "sched/labels.h"

namespace heddle {

namespace {

// As array::UnaryOp, BinaryOp and ReduceOp count; the others as ArrayCode does.
constexpr char const* kUnary[] = {"neg", "abs", "floor", "ceil", "round", "not", "sqrt",
                                  "exp", "log", "sin",   "cos",  "tan",   "tanh"};
constexpr char const* kBinary[] = {"add", "sub", "mul", "div", "rem", "pow", "minimum", "maximum",
                                   "eq",  "ne",  "lt",  "le",  "gt",  "ge",  "and",     "or"};
constexpr char const* kReduce[] = {"sum", "prod", "mean", "min", "max", "argmin", "argmax"};
constexpr char const* kOthers[] = {"dot", "scan", "sort", "matmul", "slice", "reshape"};
static_assert(std::size(kUnary) == array::kUnaryCount);
static_assert(std::size(kBinary) == array::kBinaryCount);
static_assert(std::size(kReduce) == std::size_t(array::ReduceOp::ArgMax) + 1);
static_assert(std::size(kOthers) == kArrayCodeCount - std::size_t(ArrayCode::Dot));

char const* name_of(ArrayCode code, std::size_t detail) {
  switch (code) {
    case ArrayCode::Unary:
      return detail < std::size(kUnary) ? kUnary[detail] : "";
    case ArrayCode::Binary:
      return detail < std::size(kBinary) ? kBinary[detail] : "";
    case ArrayCode::Reduce:
      return detail < std::size(kReduce) ? kReduce[detail] : "";
    case ArrayCode::Where:
      return detail == 0 ? "where" : "";
    default:
      return detail == 0 ? kOthers[std::size_t(code) - std::size_t(ArrayCode::Dot)] : "";
  }
}

constexpr std::size_t kDetails = array::kBinaryCount;  // The most that any code has.

using Labels = std::array<std::array<std::uint32_t, kDetails>, kArrayCodeCount>;

Labels all_labels() {
  Labels all{};
  for (std::size_t code = 0; code < kArrayCodeCount; ++code) {
    for (std::size_t detail = 0; detail < kDetails; ++detail) {
      all[code][detail] = label_of(name_of(ArrayCode(code), detail));
    }
  }
  return all;
}

}  // namespace

std::uint32_t label_for(ArrayRequest const& request) {
  static Labels const all = all_labels();
  CHECK(request.detail < kDetails);
  return all[std::size_t(request.code)][request.detail];
}

}  // namespace heddle
