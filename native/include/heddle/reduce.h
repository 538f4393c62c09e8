#pragma once
/// \file
/// Reductions whose result is the same to the last bit, whoever helps.
///
///     double const sum = heddle::reduce(
///         t, 0, n, 0.0, [&](std::size_t i) { return a[i]; }, std::plus<>{});
///
/// The indices are cut into blocks, and the values of the blocks are combined pairwise:
///
///     n < 128:      a block is one index
///     n < 262,144:  the largest power of two that makes at least 64 blocks
///     else:         4,096 indices
///
/// A block is combined from the left to the right. The values of [a, b) blocks are those of its
/// lower half, the smaller, combined with those of its upper half. So the order of the combinations
/// goes by n only. Nothing is assumed to commute.

#include <bit>
#include <cstddef>
#include <memory>
#include <new>
#include <type_traits>

#include "heddle/call.h"
#include "heddle/pace.h"
#include "heddle/range.h"

namespace heddle {
namespace detail {

inline constexpr std::size_t kReduceBlocksMin = 64;
inline constexpr std::size_t kReduceBlockMax = 4096;

inline Range upper_half(Range& blocks) {
  return cut_after(blocks, length(blocks) / 2);
}

inline std::size_t reduce_block(std::size_t n) {
  std::size_t const size = std::bit_floor(n / kReduceBlocksMin);
  return size < 1 ? 1 : size < kReduceBlockMax ? size : kReduceBlockMax;
}

// BlockValue: value(t, first, last) is the T of a range of indices that is not empty.
template <class T, class BlockValue, class Combine>
class Reduction {
 public:
  Reduction(Range indices, T const& identity, BlockValue const& value, Combine const& combine)
      : indices_(indices),
        block_(reduce_block(length(indices))),
        blocks_(length(indices) == 0 ? 0 : (length(indices) - 1) / block_ + 1),
        identity_(identity),
        value_(value),
        combine_(combine) {}

  T run(KernelContext t) const {
    std::size_t const count = length(indices_);
    if (count == 0) return identity_;
    Pace pace(1);
    Habit<BlockValue> habit(t, count);
    Range const all{0, blocks_};
    T const result = habit.is_quiet() ? run_known(t, pace, all, run_quietly(t, pace))
                                      : run(t, pace, all);
    habit.learn(pace);
    return result;
  }

  // A forked half, in the frame that joins it; and what is forked.
  struct Half {
    Reduction const& reduction;
    Pace& pace;
    Range blocks;
    bool was_stolen;
    alignas(T) std::byte value[sizeof(T)];
  };
  static void run_half(KernelContext t, Half* half) {
    if (half->pace.is_mine()) {
      new (half->value) T(half->reduction.run(t, half->pace, half->blocks));
      return;
    }
    half->was_stolen = true;
    Pace pace(1);  // L1
    new (half->value) T(half->reduction.run(t, pace, half->blocks));
  }

 private:
  // The value of the first so many blocks.
  struct Known {
    std::size_t blocks;
    T value;
  };

  // Blocks from the left, no fork, while a fork would wake somebody for what may be nothing (L3).
  // They are a lower half of a lower half of ... of all, as run_known() wants it.
  Known run_quietly(KernelContext t, Pace& pace) const {
    int halvings = std::bit_width(blocks_) - 1;
    Known known{1, run_step(t, pace, {0, 1})};
    while (halvings-- > 0 && t.is_wanted() && !pace.has_taken_long() && !t.is_cancelled()) {
      std::size_t const end = blocks_ >> halvings;
      known.value = combine_(known.value, run_step(t, pace, {known.blocks, end}));
      known.blocks = end;
    }
    return known;
  }

  // run() of the first blocks, where the value of some is known.
  T run_known(KernelContext t, Pace& pace, Range blocks, Known const& known) const {
    if (blocks.end == known.blocks) return known.value;
    Half upper{*this, pace, upper_half(blocks), false, {}};
    t.fork<&run_half>(&upper);
    T const lower = run_known(t, pace, blocks, known);
    return join(t, lower, upper);
  }

  T run(KernelContext t, Pace& pace, Range blocks) const {
    if (t.is_cancelled()) return identity_;
    if (length(blocks) == 1 || indices(blocks) <= pace.step()) return run_step(t, pace, blocks);
    Half upper{*this, pace, upper_half(blocks), false, {}};
    t.fork<&run_half>(&upper);
    T const lower = run(t, pace, blocks);
    return join(t, lower, upper);
  }

  T join(KernelContext t, T const& lower, Half& upper) const {
    t.join<&run_half>();
    if (upper.was_stolen) upper.pace.pause();
    return combine_(lower, *std::launder(reinterpret_cast<T const*>(upper.value)));
  }

  T run_step(KernelContext t, Pace& pace, Range blocks) const {
    pace.begin();
    T const result = fold(t, blocks);
    pace.end(indices(blocks));
    t.give_way();
    return result;
  }

  // As run(), without forks.
  T fold(KernelContext t, Range blocks) const {
    if (length(blocks) == 1) {
      Range const part = to_indices(blocks);
      return value_(t, part.begin, part.end);
    }
    Range const upper = upper_half(blocks);
    T const lower_value = fold(t, blocks);
    return combine_(lower_value, fold(t, upper));
  }

  Range to_indices(Range blocks) const {
    std::size_t const first = indices_.begin;
    return {first + blocks.begin * block_,
            blocks.end == blocks_ ? indices_.end : first + blocks.end * block_};
  }
  std::size_t indices(Range blocks) const { return length(to_indices(blocks)); }

  Range const indices_;
  std::size_t const block_;   // Indices in one.
  std::size_t const blocks_;  // How many.
  T const& identity_;
  BlockValue const& value_;
  Combine const& combine_;
};

// Combines map(i) from the left to the right.
template <class T, class Map, class Combine>
struct MapEach {
  Map const& map;
  Combine const& combine;

  T operator()(KernelContext t, std::size_t first, std::size_t last) const {
    T value = call(map, t, first);
    for (std::size_t i = first + 1; i < last; ++i) value = combine(value, call(map, t, i));
    return value;
  }
};

template <class T, class Map>
struct MapRange {
  Map const& map;

  T operator()(KernelContext t, std::size_t first, std::size_t last) const {
    return call(map, t, first, last);
  }
};

template <class T>
concept Reducible = std::is_trivially_copyable_v<T> && std::is_copy_assignable_v<T>;

}  // namespace detail

/// Combines map(i) for every i from begin to end - 1.
///
/// The order of the combinations depends on `end - begin` only, see the top: a sum of doubles is
/// the same to the last bit with any number of workers, on every run.
///
/// \param identity the result of an empty range, and what stands for indices that a cancelled loop
///   has left out. Its type is the result's: trivially copyable, of any size that a stack has room
///   for a few dozen times.
/// \param map `map(i)` or `map(t, i)`.
/// \param combine `combine(T, T)`, associative as far as you care. Map and combine are called from
///   several workers at once: const callables.
/// \return of no use when the root was cancelled.
/// begin > end ends the program.
template <class T, class Map, class Combine>
requires(detail::Reducible<T>&& detail::Callable<Map const&, std::size_t>) T
    reduce(KernelContext t, std::size_t begin, std::size_t end, T const& identity, Map const& map,
           Combine const& combine) {
  CHECK(begin <= end);
  detail::MapEach<T, Map, Combine> const value{map, combine};
  return detail::Reduction<T, decltype(value), Combine>({begin, end}, identity, value, combine)
      .run(t);
}

/// The same where `map(first, last)`, or `map(t, first, last)`, is the value of a whole block,
/// which is never empty: for sums that a loop of their own computes faster.
template <class T, class Map, class Combine>
requires(detail::Reducible<T>&& detail::Callable<Map const&, std::size_t, std::size_t>) T
    reduce_ranges(KernelContext t, std::size_t begin, std::size_t end, T const& identity,
                  Map const& map, Combine const& combine) {
  CHECK(begin <= end);
  detail::MapRange<T, Map> const value{map};
  return detail::Reduction<T, decltype(value), Combine>({begin, end}, identity, value, combine)
      .run(t);
}

}  // namespace heddle
