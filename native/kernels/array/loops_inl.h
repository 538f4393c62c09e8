// The loops of arrays for one instruction set: included once by each loops_*.cc, after it has said
// what to compile for.
//
// HEDDLE_SET names the namespace, so that no two sets share a function (V2), and
// HEDDLE_SET_VECTOR_BYTES and HEDDLE_SET_REGISTERS say what the set's registers are like.

// Before a loop: no iteration needs what another has written. An operand may be the result, though.
#if defined(__clang__)
#define HEDDLE_INDEPENDENT _Pragma("clang loop vectorize(assume_safety)")
#else
#define HEDDLE_INDEPENDENT _Pragma("GCC ivdep")
#endif

// A product and a sum are made one operation, which rounds once, only where fused() says so (V1).
#if defined(__clang__)
#pragma clang fp contract(off)
#else
#pragma GCC optimize("fp-contract=off")
#endif

// Each of these relies on those before it.
#include "kernels/array/memory_inl.h"
#include "kernels/array/numbers_inl.h"
#include "kernels/array/vectors_inl.h"

#include "kernels/array/unary_inl.h"

#include "kernels/array/binary_inl.h"

#include "kernels/array/folds_inl.h"
#include "kernels/array/functions_inl.h"
#include "kernels/array/ternary_inl.h"
#include "kernels/array/tile_inl.h"

namespace heddle::array::HEDDLE_SET {
namespace {

constexpr std::size_t at(Dtype dtype) {
  return std::size_t(dtype);
}
constexpr std::size_t at(BinaryOp op) {
  return std::size_t(op);
}
constexpr std::size_t at(UnaryOp op) {
  return std::size_t(op);
}

// Fills a row of a table by the types that a family of loops tells apart. Family::loop<T>() is one.
template <class Family, class Loop>
constexpr void fill_floats(Loop* row) {
  row[at(Dtype::F64)] = Family::template loop<double>();
  row[at(Dtype::F32)] = Family::template loop<float>();
}
template <class Family, class Loop>
constexpr void fill_unsigned(Loop* row) {
  row[at(Dtype::U32)] = Family::template loop<std::uint32_t>();
  row[at(Dtype::U16)] = Family::template loop<std::uint16_t>();
  row[at(Dtype::U8)] = Family::template loop<std::uint8_t>();
}
template <class Family, class Loop>
constexpr void fill_signed(Loop* row) {
  row[at(Dtype::I32)] = Family::template loop<std::int32_t>();
  row[at(Dtype::I16)] = Family::template loop<std::int16_t>();
  row[at(Dtype::I8)] = Family::template loop<std::int8_t>();
}
template <class Family, class Loop>
constexpr void fill_all(Loop* row) {
  fill_floats<Family>(row);
  fill_unsigned<Family>(row);
  fill_signed<Family>(row);
}
// Where signed and unsigned integers are the same bits.
template <class Family, class Loop>
constexpr void fill_wrapping(Loop* row) {
  fill_floats<Family>(row);
  fill_unsigned<Family>(row);
  row[at(Dtype::I32)] = row[at(Dtype::U32)];
  row[at(Dtype::I16)] = row[at(Dtype::U16)];
  row[at(Dtype::I8)] = row[at(Dtype::U8)];
}

constexpr void fill_unary(Loops& table) {
  auto& unary = table.unary;
  fill_wrapping<Unary<Neg>>(unary[at(UnaryOp::Neg)]);
  fill_all<Unary<Abs>>(unary[at(UnaryOp::Abs)]);
  fill_wrapping<Unary<Not>>(unary[at(UnaryOp::Not)]);
  fill_wrapping<Unary<Floor>>(unary[at(UnaryOp::Floor)]);
  fill_wrapping<Unary<Ceil>>(unary[at(UnaryOp::Ceil)]);
  fill_wrapping<Unary<Round>>(unary[at(UnaryOp::Round)]);
  fill_floats<SquareRoot>(unary[at(UnaryOp::Sqrt)]);
  unary[at(UnaryOp::Exp)][at(Dtype::F64)] = Function<Exp>::run;
  unary[at(UnaryOp::Log)][at(Dtype::F64)] = Function<Log>::run;
  unary[at(UnaryOp::Sin)][at(Dtype::F64)] = Function<Sin>::run;
  unary[at(UnaryOp::Cos)][at(Dtype::F64)] = Function<Cos>::run;
  unary[at(UnaryOp::Tan)][at(Dtype::F64)] = Function<Tan>::run;
  unary[at(UnaryOp::Tanh)][at(Dtype::F64)] = Function<Tanh>::run;
}

constexpr void fill_binary(Loops& table) {
  auto& binary = table.binary;
  fill_wrapping<Binary<Add>>(binary[at(BinaryOp::Add)]);
  fill_wrapping<Binary<Sub>>(binary[at(BinaryOp::Sub)]);
  fill_wrapping<Binary<Mul>>(binary[at(BinaryOp::Mul)]);
  fill_floats<Binary<Div>>(binary[at(BinaryOp::Div)]);
  fill_all<Binary<Minimum>>(binary[at(BinaryOp::Minimum)]);
  fill_all<Binary<Maximum>>(binary[at(BinaryOp::Maximum)]);
  fill_wrapping<Binary<Eq>>(binary[at(BinaryOp::Eq)]);
  fill_wrapping<Binary<Ne>>(binary[at(BinaryOp::Ne)]);
  fill_all<Binary<Lt>>(binary[at(BinaryOp::Lt)]);
  fill_all<Binary<Le>>(binary[at(BinaryOp::Le)]);
  fill_wrapping<Binary<And>>(binary[at(BinaryOp::And)]);
  fill_wrapping<Binary<Or>>(binary[at(BinaryOp::Or)]);
}

constexpr void fill_ternary(Loops& table) {
  fill_wrapping<MultiplyAdd>(table.multiply_add);
  table.where[0] = Where::loop<std::uint8_t>();
  table.where[1] = Where::loop<std::uint16_t>();
  table.where[2] = Where::loop<std::uint32_t>();
  table.where[3] = Where::loop<std::uint64_t>();
}

constexpr void fill_folds(Loops& table) {
  fill_floats<Sum>(table.sum);
  fill_floats<Dot>(table.dot);
  fill_signed<SumExactly>(table.sum_exactly);
  fill_unsigned<SumExactly>(table.sum_exactly);
  fill_all<Product>(table.product);
  fill_all<Extreme<Minimum>>(table.minimum);
  fill_all<Extreme<Maximum>>(table.maximum);
}

constexpr Loops make() {
  Loops table{};
  fill_unary(table);
  fill_binary(table);
  fill_ternary(table);
  fill_folds(table);
  table.tile_f64 = Tile::loop<double>();
  table.tile_f32 = Tile::loop<float>();
  return table;
}

constinit Loops const table = make();

}  // namespace

Loops const& compiled() {
  return table;
}

}  // namespace heddle::array::HEDDLE_SET
