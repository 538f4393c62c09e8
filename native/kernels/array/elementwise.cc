// What is done to every element, row by row.
#include "kernels/array/elementwise.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <utility>

#include "kernels/array/bypass.h"
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

  // The rest of a row, after k of its elements.
  Source after(Source const& row, std::size_t k) const {
    if (row.is_repeated) return row;
    return {static_cast<std::byte const*>(row.data) + k * size_, false};
  }

  // The row of n elements that begins at a place. Until the next call.
  Source at(std::ptrdiff_t place, std::size_t n) {
    std::byte const* const first = data_ + place * std::ptrdiff_t(size_);
    if (!is_repeated_) return {first, false};
    if (first != in_block_ || n > in_block_count_) repeat(first, n);
    return {block_, true};
  }

 private:
  // As often as a row of n elements asks for, up to a whole block.
  void repeat(std::byte const* element, std::size_t n) {
    with_size(size_, [&]<class T>(T value) {
      std::memcpy(&value, element, sizeof value);
      std::size_t const count = std::min(n, kBlockBytes / sizeof value);
      std::fill_n(reinterpret_cast<T*>(block_), count, value);
    });
    in_block_ = element;
    in_block_count_ = n;
  }

  std::byte const* const data_;
  std::size_t const size_;
  bool const is_repeated_;
  std::byte const* in_block_ = nullptr;
  std::size_t in_block_count_ = 0;
  alignas(64) std::byte block_[kBlockBytes];
};

// Where the results of a loop go.
class Results {
 public:
  explicit Results(View const& out)
      : data_(static_cast<std::byte*>(out.data)),
        size_(size_of(out.dtype)),
        bypasses_(out.elements() * size_ >= bypass_bytes_min()) {}

  // Has the n results from the i-th on made: loop(k, target, count) makes `count` of them, after k
  // that are made already.
  template <class Loop>
  void fill(std::size_t i, std::size_t n, Loop const& loop) const {
    std::byte* const to = data_ + i * size_;
    if (!bypasses_) return loop(std::size_t{0}, Target{to}, n);
    std::size_t const before_line = -reinterpret_cast<std::uintptr_t>(to) % kLine / size_;
    std::size_t const head = std::min(before_line, n);
    if (head != 0) loop(std::size_t{0}, Target{to}, head);
    loop(head, Target{to + head * size_, true}, n - head);
  }

  // After the last fill() of a worker's range.
  void end() const {
    if (bypasses_) end_bypass();
  }

 private:
  static constexpr std::size_t kLine = 64;

  std::byte* const data_;
  std::size_t const size_;
  bool const bypasses_;
};

// Calls loop(sources..., out, n) for rows that together are the result.
template <class Loop, class... Operands>
Status for_rows(KernelContext t, View const& out, Loop const& loop, Operands const&... operands) {
  using All = Walk<sizeof...(Operands)>;
  All const walk(out.shape, {strides_for(operands.shape, out.shape)...});
  Results const results(out);
  auto const run = [&]<std::size_t... k>(std::index_sequence<k...>, std::size_t first,
                                         std::size_t last) {
    std::array<Rows, sizeof...(k)> rows{Rows(operands, walk.stride(k) == 0)...};
    walk.run(first, last, [&](std::size_t i, std::size_t n, typename All::Places const& places) {
      std::array<Source, sizeof...(k)> const sources{rows[k].at(places[k], n)...};
      results.fill(i, n, [&](std::size_t after, Target to, std::size_t count) {
        loop(rows[k].after(sources[k], after)..., to, count);
      });
    });
    results.end();
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
  std::size_t const size = size_of(a.dtype);
  Results const results(out);
  return for_chunks(t, out.elements(), [&](std::size_t first, std::size_t last) {
    results.fill(first, last - first, [&](std::size_t after, Target to, std::size_t count) {
      loop(from + (first + after) * size, to, count);
    });
    results.end();
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
