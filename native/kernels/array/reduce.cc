// Reductions: blocks by the loops of the instruction set, and their values in a fixed order.
#include "kernels/array/reduce.h"

#include <cmath>
#include <functional>
#include <limits>

#include "heddle/reduce.h"
#include "kernels/array/loops.h"

namespace heddle::array {
namespace {

constexpr double kNaN = std::numeric_limits<double>::quiet_NaN();

// The elements of one block.
struct Block {
  void const* data;
  std::size_t n;
};

Block block_of(ConstView const& a, std::size_t b) {
  std::size_t const first = b * kReduceBlock;
  std::size_t const rest = a.elements() - first;
  return {static_cast<std::byte const*>(a.data) + first * size_of(a.dtype),
          rest < kReduceBlock ? rest : kReduceBlock};
}

// value(b) of a block b, by one of the loops.
template <class Loop>
auto values_of(ConstView const& a, Loop loop) {
  return [&a, loop](std::size_t b) {
    Block const block = block_of(a, b);
    return loop(block.data, block.n);
  };
}

// Combines value(b) of every block b.
template <class T, class Value, class Combine>
Status reduce_blocks(KernelContext t, ConstView const& a, T identity, Value const& value,
                     Combine const& combine, T& out) {
  std::size_t const blocks = (a.elements() + kReduceBlock - 1) / kReduceBlock;
  out = blocks == 1 ? value(std::size_t{0})
                    : heddle::reduce(t, 0, blocks, identity, value, combine);
  return t.is_cancelled() ? Status::Cancelled : Status::Done;
}

double as_double(std::uint64_t sum, Dtype dtype) {
  bool const is_signed = dtype == Dtype::I32 || dtype == Dtype::I16 || dtype == Dtype::I8;
  return is_signed ? double(std::int64_t(sum)) : double(sum);
}

Status sum(KernelContext t, ConstView const& a, double& out) {
  std::size_t const type = std::size_t(a.dtype);
  if (is_float(a.dtype)) {
    return reduce_blocks(t, a, 0.0, values_of(a, loops().sum[type]), std::plus<>{}, out);
  }
  auto const value = values_of(a, loops().sum_exactly[type]);
  std::uint64_t total;
  Status const status = reduce_blocks(t, a, std::uint64_t{0}, value, std::plus<>{}, total);
  out = as_double(total, a.dtype);
  return status;
}

Status product(KernelContext t, ConstView const& a, double& out) {
  auto const value = values_of(a, loops().product[std::size_t(a.dtype)]);
  return reduce_blocks(t, a, 1.0, value, std::multiplies<>{}, out);
}

Status mean(KernelContext t, ConstView const& a, double& out) {
  Status const status = sum(t, a, out);
  out /= double(a.elements());
  return status;
}

enum class Extreme : std::uint8_t { Least, Greatest };

// Whether `later`, from blocks further right, takes the place of what was found before.
template <Extreme extreme>
bool is_beyond(double later, double before) {
  if (std::isnan(before)) return false;
  if (std::isnan(later)) return true;
  return extreme == Extreme::Least ? later < before : later > before;
}

template <Extreme extreme>
auto loop_of(Dtype dtype) {
  std::size_t const type = std::size_t(dtype);
  return extreme == Extreme::Least ? loops().minimum[type] : loops().maximum[type];
}

template <Extreme extreme>
Status extreme_of(KernelContext t, ConstView const& a, double& out) {
  if (a.elements() == 0) return Status::Empty;
  // Two zeros are told apart.
  auto const combine = [](double before, double later) {
    if (before != 0 || later != 0) return is_beyond<extreme>(later, before) ? later : before;
    return std::signbit(later) == (extreme == Extreme::Least) ? later : before;
  };
  auto const value = values_of(a, loop_of<extreme>(a.dtype));
  Status const status = reduce_blocks(t, a, kNaN, value, combine, out);
  if (std::isnan(out)) out = kNaN;
  return status;
}

// The extreme of some blocks, and the first of them that has it.
struct Found {
  double value;
  std::size_t block;
};

// Where the value that was found is in its block.
std::size_t index_of(ConstView const& a, Found const& found) {
  Block const block = block_of(a, found.block);
  return with_type(a.dtype, [&]<class T>(T) {
    T const* const x = static_cast<T const*>(block.data);
    std::size_t i = 0;
    if (std::isnan(found.value)) {
      while (!std::isnan(double(x[i]))) ++i;
    } else {
      while (double(x[i]) != found.value) ++i;
    }
    return found.block * kReduceBlock + i;
  });
}

template <Extreme extreme>
Status index_of_extreme(KernelContext t, ConstView const& a, double& out) {
  if (a.elements() == 0) return Status::Empty;
  auto const extreme_of_block = values_of(a, loop_of<extreme>(a.dtype));
  auto const value = [&](std::size_t b) { return Found{extreme_of_block(b), b}; };
  auto const combine = [](Found const& before, Found const& later) {
    return is_beyond<extreme>(later.value, before.value) ? later : before;
  };
  Found found;
  Status const status = reduce_blocks(t, a, Found{kNaN, 0}, value, combine, found);
  if (status == Status::Done) out = double(index_of(a, found));
  return status;
}

// Of integers whose products have up to 32 bits: exact in 64, however many there are.
template <class T>
std::int64_t dot_of_small(Block const& a, Block const& b) {
  T const* const x = static_cast<T const*>(a.data);
  T const* const y = static_cast<T const*>(b.data);
  std::int64_t sum = 0;
  for (std::size_t i = 0; i < a.n; ++i) sum += std::int64_t(x[i]) * std::int64_t(y[i]);
  return sum;
}

// Of others: in 128.
struct Wide {
  __int128 value;
};
template <class T>
Wide dot_of_large(Block const& a, Block const& b) {
  T const* const x = static_cast<T const*>(a.data);
  T const* const y = static_cast<T const*>(b.data);
  __int128 sum = 0;
  for (std::size_t i = 0; i < a.n; ++i) sum += __int128(x[i]) * y[i];
  return {sum};
}

Status dot_of_floats(KernelContext t, ConstView const& a, ConstView const& b, double& out) {
  auto const loop = loops().dot[std::size_t(a.dtype)];
  auto const value = [&](std::size_t i) {
    Block const block = block_of(a, i);
    return loop(block.data, block_of(b, i).data, block.n);
  };
  return reduce_blocks(t, a, 0.0, value, std::plus<>{}, out);
}

template <class T>
Status dot_of_integers(KernelContext t, ConstView const& a, ConstView const& b, double& out) {
  if constexpr (sizeof(T) < 4) {
    auto const value = [&](std::size_t i) {
      return dot_of_small<T>(block_of(a, i), block_of(b, i));
    };
    std::int64_t total;
    Status const status = reduce_blocks(t, a, std::int64_t{0}, value, std::plus<>{}, total);
    out = double(total);
    return status;
  } else {
    auto const value = [&](std::size_t i) {
      return dot_of_large<T>(block_of(a, i), block_of(b, i));
    };
    auto const add = [](Wide const& x, Wide const& y) { return Wide{x.value + y.value}; };
    Wide total;
    Status const status = reduce_blocks(t, a, Wide{0}, value, add, total);
    out = double(total.value);
    return status;
  }
}

}  // namespace

Status reduce(KernelContext t, ReduceOp op, ConstView const& a, double& out) {
  switch (op) {
    case ReduceOp::Sum:
      return sum(t, a, out);
    case ReduceOp::Prod:
      return product(t, a, out);
    case ReduceOp::Mean:
      return mean(t, a, out);
    case ReduceOp::Min:
      return extreme_of<Extreme::Least>(t, a, out);
    case ReduceOp::Max:
      return extreme_of<Extreme::Greatest>(t, a, out);
    case ReduceOp::ArgMin:
      return index_of_extreme<Extreme::Least>(t, a, out);
    case ReduceOp::ArgMax:
      return index_of_extreme<Extreme::Greatest>(t, a, out);
  }
  CHECK(false);
}

Status dot(KernelContext t, ConstView const& a, ConstView const& b, double& out) {
  CHECK(a.dtype == b.dtype && a.elements() == b.elements());
  if (is_float(a.dtype)) return dot_of_floats(t, a, b, out);
  return with_type(a.dtype, [&]<class T>(T) {
    if constexpr (std::is_integral_v<T>) return dot_of_integers<T>(t, a, b, out);
    return Status::Done;  // Floats, which never come here.
  });
}

}  // namespace heddle::array
