// What is done to every element, row by row.
#include "kernels/array/elementwise.h"

#include <bit>
#include <cstring>
#include <utility>

#include "kernels/array/chunks.h"
#include "kernels/array/loops.h"
#include "kernels/array/slow_loops.h"
#include "kernels/array/walk.h"

namespace heddle::array {
namespace {

// An operand as rows of it are read. One for each range of elements, on the stack.
class Rows {
 public:
  Rows(ConstView const& of, bool is_repeated)
      : data_(static_cast<std::byte const*>(of.data)),
        size_(size_of(of.dtype)),
        is_repeated_(is_repeated) {}

  // The row that begins at a place. Until the next call.
  Source at(std::ptrdiff_t place) {
    std::byte const* const first = data_ + place * std::ptrdiff_t(size_);
    if (!is_repeated_) return {first, false};
    if (first != in_block_) repeat(first);
    return {block_, true};
  }

 private:
  void repeat(std::byte const* element) {
    std::memcpy(block_, element, size_);
    for (std::size_t filled = size_; filled < kBlockBytes; filled *= 2) {
      std::memcpy(block_ + filled, block_, filled);
    }
    in_block_ = element;
  }

  std::byte const* const data_;
  std::size_t const size_;
  bool const is_repeated_;
  std::byte const* in_block_ = nullptr;
  alignas(64) std::byte block_[kBlockBytes];
};

// Calls loop(sources..., out, n) for rows that together are the result.
template <class Loop, class... Operands>
Status for_rows(KernelContext t, View const& out, Loop const& loop, Operands const&... operands) {
  using All = Walk<sizeof...(Operands)>;
  All const walk(out.shape, {strides_for(operands.shape, out.shape)...});
  std::size_t const size = size_of(out.dtype);
  std::byte* const to = static_cast<std::byte*>(out.data);
  auto const run = [&]<std::size_t... k>(std::index_sequence<k...>, std::size_t first,
                                         std::size_t last) {
    std::array<Rows, sizeof...(k)> rows{Rows(operands, walk.stride(k) == 0)...};
    walk.run(first, last, [&](std::size_t i, std::size_t n, typename All::Places const& places) {
      loop(rows[k].at(places[k])..., to + i * size, n);
    });
  };
  return for_chunks(t, out.elements(), [&](std::size_t first, std::size_t last) {
    run(std::index_sequence_for<Operands...>(), first, last);
  });
}

UnaryLoop loop_of(UnaryOp op, Dtype dtype) {
  UnaryLoop const fast = loops().unary[std::size_t(op)][std::size_t(dtype)];
  return fast != nullptr ? fast : slow_unary(op, dtype);
}

BinaryLoop loop_of(BinaryOp op, Dtype dtype) {
  BinaryLoop const fast = loops().binary[std::size_t(op)][std::size_t(dtype)];
  return fast != nullptr ? fast : slow_binary(op, dtype);
}

}  // namespace

Status unary(KernelContext t, UnaryOp op, ConstView const& a, View const& out) {
  CHECK(out.dtype == result_dtype(op, a.dtype) && out.shape == a.shape);
  UnaryLoop const loop = loop_of(op, a.dtype);
  auto const* const from = static_cast<std::byte const*>(a.data);
  auto* const to = static_cast<std::byte*>(out.data);
  std::size_t const from_size = size_of(a.dtype), to_size = size_of(out.dtype);
  return for_chunks(t, out.elements(), [&](std::size_t first, std::size_t last) {
    loop(from + first * from_size, to + first * to_size, last - first);
  });
}

Status binary(KernelContext t, BinaryOp op, ConstView const& a, ConstView const& b,
              View const& out) {
  if (op == BinaryOp::Gt) return binary(t, BinaryOp::Lt, b, a, out);
  if (op == BinaryOp::Ge) return binary(t, BinaryOp::Le, b, a, out);
  CHECK(a.dtype == b.dtype && out.dtype == result_dtype(op, a.dtype));
  CHECK(broadcast(a.shape, b.shape) == out.shape);
  return for_rows(t, out, loop_of(op, a.dtype), a, b);
}

Status multiply_add(KernelContext t, ConstView const& a, ConstView const& b, ConstView const& c,
                    View const& out) {
  CHECK(a.dtype == b.dtype && a.dtype == c.dtype && out.dtype == a.dtype);
  return for_rows(t, out, loops().multiply_add[std::size_t(a.dtype)], a, b, c);
}

Status where(KernelContext t, ConstView const& condition, ConstView const& a, ConstView const& b,
             View const& out) {
  CHECK(condition.dtype == Dtype::U8 && a.dtype == b.dtype && out.dtype == a.dtype);
  std::size_t const by_size = std::size_t(std::countr_zero(size_of(a.dtype)));
  return for_rows(t, out, loops().where[by_size], condition, a, b);
}

}  // namespace heddle::array
