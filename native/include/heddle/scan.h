#pragma once
/// \file
/// Running totals: out[i] combines in[0] to in[i].
///
///     heddle::scan(t, a.begin(), a.end(), sums.begin());
///     heddle::exclusive_scan(t, a.begin(), a.end(), a.begin(), 0.0);
///
/// The elements are cut into at most 512 blocks of at least 256. Within a block totals begin
/// anew; what comes before it, its *carry*, is combined from the left with each of them:
///
///     out[i]     = carry(b) + (in[first of b] + ... + in[i])
///     carry(b+1) = carry(b) + (all of b)
///
/// So the order of the combinations goes by n only, and whoever helps, a scan of doubles is the
/// same to the last bit. Nothing is assumed to commute.
///
/// One worker makes one pass, from the left to the right, about as fast as a plain loop. A helper
/// adds up blocks further right; where the pass arrives there, their carries are known, and they
/// are scanned at once. That reads them twice: worth it where combining takes time, or where there
/// are more than a few workers. Two workers that add up numbers wait for memory most of the time.

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <iterator>
#include <memory>
#include <optional>
#include <type_traits>

#include "heddle/halving.h"
#include "heddle/kernel_context.h"
#include "heddle/pace.h"
#include "heddle/parallel_for.h"
#include "heddle/spare.h"

namespace heddle {
namespace detail {

inline constexpr std::size_t kScanBlocksMax = 512;
inline constexpr std::size_t kScanBlockMin = 256;

enum class Bounds : std::uint8_t { Inclusive, Exclusive };

template <class T, Bounds bounds, class Combine>
class Scan {
 public:
  using Carry = std::optional<T>;  // None before the first block of an inclusive scan.

  Scan(T const* in, T* out, std::size_t n, Combine const& combine)
      : in_(in),
        out_(out),
        n_(n),
        block_(std::max(kScanBlockMin, (n + kScanBlocksMax - 1) / kScanBlocksMax)),
        blocks_((n + block_ - 1) / block_),
        totals_(blocks_ > 1 ? blocks_ : 0),
        combine_(combine) {}

  void run(KernelContext t, Carry carry) {
    Pace pace(block_);
    Range blocks{0, blocks_};
    if (totals_.data() == nullptr) return (void)run_alone(blocks, carry);
    // L3: while a fork would wake somebody for what may be nothing.
    while (length(blocks) != 0 && t.is_wanted() && !pace.has_taken_long() && !t.is_cancelled()) {
      Range const front = cut_front(blocks, pace.step() / block_);
      carry = run_step(t, pace, front, carry);
    }
    if (length(blocks) != 0) run(t, pace, blocks, carry);
  }

  // A forked half, in the frame that joins it; and what is forked: the totals of its blocks.
  struct Half {
    Scan& scan;
    Pace& pace;
    Range blocks;
  };
  static Outcome add_up_half(KernelContext t, Half* half) {
    if (half->pace.is_mine()) return Outcome::TakenBack;
    Scan& scan = half->scan;
    Range const blocks = half->blocks;
    auto const add_up = [&](std::size_t b) { scan.totals_.data()[b] = scan.total_of(b); };
    return parallel_for(t, blocks, add_up) ? Outcome::Done : Outcome::Cancelled;
  }

 private:
  static constexpr std::size_t kSlice = 64;

  // Scans the blocks, of which the left ones need nobody and the right ones offer themselves to be
  // added up. Returns the carry after them.
  Carry run(KernelContext t, Pace& pace, Range blocks, Carry carry) {
    while (!t.is_cancelled()) {
      if (length(blocks) == 1 || length(blocks) * block_ <= pace.step()) {
        return run_step(t, pace, blocks, carry);
      }
      Half upper{*this, pace, cut_after(blocks, length(blocks) / 2)};
      t.fork<&add_up_half>(&upper);
      carry = run(t, pace, blocks, carry);
      Outcome const outcome = t.join<&add_up_half>();
      if (outcome != Outcome::TakenBack) {
        pace.pause();
        return outcome == Outcome::Done ? run_with_totals(t, upper.blocks, carry) : carry;
      }
      blocks = upper.blocks;
    }
    return carry;
  }

  // The same for blocks that a helper has added up: none waits for another.
  Carry run_with_totals(KernelContext t, Range blocks, Carry carry) {
    T* const totals = totals_.data();
    for (std::size_t b = blocks.begin; b < blocks.end; ++b) {
      T const total = totals[b];
      std::construct_at(&totals[b], *carry);
      carry.emplace(combine_(*carry, total));
    }
    parallel_for(t, blocks, [&](std::size_t b) { scan_block(b, totals[b]); });
    return carry;
  }

  Carry run_step(KernelContext t, Pace& pace, Range blocks, Carry carry) {
    pace.begin();
    carry = run_alone(blocks, carry);
    pace.end(length(blocks) * block_);
    t.give_way();
    return carry;
  }

  Carry run_alone(Range blocks, Carry carry) {
    for (std::size_t b = blocks.begin; b < blocks.end; ++b) carry = scan_block(b, carry);
    return carry;
  }

  // Returns the carry after the block.
  Carry scan_block(std::size_t b, Carry const& carry) {
    Range const r = elements(b);
    T const* const in = in_ + r.begin;
    T* const out = out_ + r.begin;
    if (carry) return combine_(*carry, scan_after(*carry, in, out, length(r), combine_));
    return scan_first(in, out, length(r), combine_);
  }

  // Both return the total of the block. Each element is read before its place is written.
  static T scan_after(T const before, T const* in, T* out, std::size_t n, Combine const& combine) {
    T local = in[0];
    out[0] = local;  // Of an exclusive scan not what belongs there, but something to combine with.
    T const first = bounds == Bounds::Exclusive ? before : combine(before, local);
    for (std::size_t from = 0; from < n; from += kSlice) {
      std::size_t const to = std::min(n, from + kSlice);
#pragma GCC unroll 4
      for (std::size_t i = std::max<std::size_t>(from, 1); i < to; ++i) {
        T const next = combine(local, in[i]);
        out[i] = bounds == Bounds::Exclusive ? local : next;
        local = next;
      }
      // A loop of its own, and of constant length, can be done with vectors.
      if (to - from == kSlice) {
        for (std::size_t i = 0; i < kSlice; ++i) out[from + i] = combine(before, out[from + i]);
      } else {
        for (std::size_t i = from; i < to; ++i) out[i] = combine(before, out[i]);
      }
    }
    out[0] = first;
    return local;
  }
  static T scan_first(T const* in, T* out, std::size_t n, Combine const& combine) {
    T local = in[0];
    out[0] = local;
    for (std::size_t i = 1; i < n; ++i) {
      local = combine(local, in[i]);
      out[i] = local;
    }
    return local;
  }

  T total_of(std::size_t b) const {
    Range const r = elements(b);
    T total = in_[r.begin];
    for (std::size_t i = r.begin + 1; i < r.end; ++i) total = combine_(total, in_[i]);
    return total;
  }

  Range elements(std::size_t b) const {
    return {b * block_, std::min(n_, (b + 1) * block_)};
  }

  T const* const in_;
  T* const out_;
  std::size_t const n_;
  std::size_t const block_;   // Elements in one.
  std::size_t const blocks_;  // How many.
  Spare<T> totals_;           // Of each block; later the carry before it.
  Combine const& combine_;
};

template <Bounds bounds, class In, class Out, class Combine>
bool scan(KernelContext t, In first, In last, Out out,
          std::optional<std::iter_value_t<In>> const& carry, Combine const& combine) {
  using T = std::iter_value_t<In>;
  CHECK(first <= last);
  std::size_t const n = std::size_t(last - first);
  if (n == 0) return true;
  Scan<T, bounds, Combine>(std::to_address(first), std::to_address(out), n, combine).run(t, carry);
  return !t.is_cancelled();
}

}  // namespace detail

/// What can be scanned, and where to: elements one after the other in memory, of the same type,
/// that may be copied as bytes.
template <class In, class Out>
concept Scannable = std::contiguous_iterator<In> && std::contiguous_iterator<Out> &&
    std::same_as<std::iter_value_t<In>, std::iter_value_t<Out>> &&
    std::is_trivially_copyable_v<std::iter_value_t<In>> &&
    std::indirectly_writable<Out, std::iter_value_t<In>>;

/// Writes first[0] + ... + first[i] to out[i], for every i: an inclusive scan.
///
/// \param out where `last - first` elements have room: `first` itself, or what does not overlap it.
/// \param combine instead of `+`: `combine(T, T)`, associative as far as you care. Called from
/// several
///   workers at once: a const callable.
/// \return false if the root was cancelled. Some elements were then left out.
/// Needs memory for 512 elements at most; without it the caller does everything alone.
template <class In, class Out, class Combine = std::plus<>>
requires Scannable<In, Out>
bool scan(KernelContext t, In first, In last, Out out, Combine const& combine = {}) {
  return detail::scan<detail::Bounds::Inclusive>(t, first, last, out, std::nullopt, combine);
}

/// Writes initial + first[0] + ... + first[i - 1] to out[i], for every i: an exclusive scan, whose
/// first element is `initial`. The rest is as with scan().
template <class In, class Out, class Combine = std::plus<>>
requires Scannable<In, Out>
bool exclusive_scan(KernelContext t, In first, In last, Out out,
                    std::type_identity_t<std::iter_value_t<In>> const& initial,
                    Combine const& combine = {}) {
  return detail::scan<detail::Bounds::Exclusive>(t, first, last, out, initial, combine);
}

}  // namespace heddle
