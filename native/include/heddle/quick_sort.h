#pragma once
/// \file
/// Sorts in place by comparisons: a quicksort without mispredicted branches that patterns do not
/// defeat.
///
/// Partitions move every element the same way, whatever the comparison says (Bergdoll and Peters,
/// "Branchless Lomuto Partitioning", 2023). Patterns are met as in Peters, "Pattern-defeating
/// Quicksort" (2021): the pivot of a large range is a median of three medians; a partition that had
/// nothing to move is a reason to try insertion sort; a very uneven one is a reason to move a few
/// elements elsewhere, and after log2(n) of those heapsort takes over; a pivot that is not above
/// the element before the range takes all of its equals out. So: O(n log n) comparisons at worst,
/// O(n) where the input is sorted, reversed or of one value, and O(n log k) with k values.
///
/// The smaller side of a partition is forked, and the larger one goes on in the same frame: log2(n)
/// frames. A comparison that is no order gives some order, but touches nothing outside.

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "heddle/kernel_context.h"

namespace heddle::detail {

// Compare: compare(a, b) is a strict weak order.
template <class T, class Compare>
class QuickSort {
 public:
  static void run(KernelContext t, T* first, T* last, Compare const& compare) {
    if (is_run(first, last, compare)) return;
    Forked{compare}.sort(t, first, last, limits_of(last - first));
  }

  // Without forks.
  static void run_alone(T* first, T* last, Compare const& compare) {
    sort_alone(first, last, compare, limits_of(last - first));
  }

  // What a part knows of the whole.
  struct Limits {
    std::uint32_t uneven;  // So many uneven partitions more, then heapsort.
    bool is_leftmost;      // There is no element before it.
  };

  struct Forked {
    Compare const& compare;

    void sort(KernelContext t, T* first, T* last, Limits limits) const {
      int forked = 0;
      while (last - first > kForkMin && !t.is_cancelled()) {
        Parts const parts = split(first, last, compare, limits);
        if (parts.is_done()) break;
        Limits right = limits;
        right.is_leftmost = false;
        if (parts.left_end - first < last - parts.right_begin) {
          t.fork<&sort_part>(this, first, parts.left_end, limits);
          first = parts.right_begin;
          limits = right;
        } else {
          t.fork<&sort_part>(this, parts.right_begin, last, right);
          last = parts.left_end;
        }
        ++forked;
        t.give_way();
      }
      if (last - first <= kForkMin) sort_alone(first, last, compare, limits);
      while (forked-- > 0) t.join<&sort_part>();
    }
  };

  static void sort_part(KernelContext t, Forked const* sort, T* first, T* last, Limits limits) {
    sort->sort(t, first, last, limits);
  }

 private:
  static constexpr std::ptrdiff_t kInsertionMax = 20;
  static constexpr std::ptrdiff_t kNintherMin = 128;
  static constexpr std::ptrdiff_t kForkMin = 2048;  // About 20 us.
  static constexpr int kMovesMax = 8;

  static Limits limits_of(std::ptrdiff_t n) {
    return {std::uint32_t(std::bit_width(std::size_t(n))), true};
  }

  // What is left to sort after a partition.
  struct Parts {
    T* left_end;
    T* right_begin;

    bool is_done() const { return right_begin == nullptr; }
  };
  static constexpr Parts kDone{nullptr, nullptr};

  static void sort_alone(T* first, T* last, Compare const& compare, Limits limits) {
    while (last - first > kInsertionMax) {
      Parts const parts = split(first, last, compare, limits);
      if (parts.is_done()) return;
      Limits right = limits;
      right.is_leftmost = false;
      if (parts.left_end - first < last - parts.right_begin) {
        sort_alone(first, parts.left_end, compare, limits);
        first = parts.right_begin;
        limits = right;
      } else {
        sort_alone(parts.right_begin, last, compare, right);
        last = parts.left_end;
      }
    }
    insertion_sort(first, last, compare);
  }

  // Partitions a range of more than kInsertionMax elements, or sorts it where that is easier.
  static Parts split(T* first, T* last, Compare const& compare, Limits& limits) {
    choose_pivot(first, last, compare);
    T const pivot = *first;
    if (!limits.is_leftmost && !compare(first[-1], pivot)) {
      // Everything left of here is at most first[-1], so this takes out what equals the pivot.
      auto const is_left = [&](T const& x) { return !compare(pivot, x); };
      return {first, partition(first + 1, last, is_left).middle};
    }
    auto const is_left = [&](T const& x) { return compare(x, pivot); };
    Partition const found = partition(first + 1, last, is_left);
    T* const middle = found.middle - 1;
    *first = *middle;
    *middle = pivot;
    Parts const parts{middle, middle + 1};
    std::ptrdiff_t const left = middle - first, right = last - middle - 1;
    if (std::min(left, right) < (last - first) / 8) {
      if (limits.uneven-- == 0) {
        std::make_heap(first, last, compare);
        std::sort_heap(first, last, compare);
        return kDone;
      }
      break_pattern(first, left);
      break_pattern(middle + 1, right);
    } else if (found.had_nothing_to_move && insertion_sort_if_easy(first, middle, compare) &&
               insertion_sort_if_easy(middle + 1, last, compare)) {
      return kDone;
    }
    return parts;
  }

  struct Partition {
    T* middle;  // The first element that is not left.
    bool had_nothing_to_move;
  };

  // Puts everything that is_left() before everything that is not.
  template <class IsLeft>
  static Partition partition(T* first, T* last, IsLeft const& is_left) {
    while (first < last && is_left(*first)) ++first;
    while (first < last && !is_left(last[-1])) --last;
    if (first == last) return {first, true};
    // [first, middle) is left, [middle, gap) is not, the gap has been taken out, and the rest is
    // unknown. Each element goes to the middle, and what was there into the gap.
    T const taken = *first;
    T* middle = first;
    T* gap = first;
    for (T* next = first + 1; next < last; ++next) {
      T const value = *next;
      *gap = *middle;
      *middle = value;
      gap = next;
      middle += is_left(value);
    }
    *gap = *middle;
    *middle = taken;
    middle += is_left(taken);
    return {middle, false};
  }

  // Puts the median of three elements, or of three such medians, first.
  static void choose_pivot(T* first, T* last, Compare const& compare) {
    std::ptrdiff_t const n = last - first, half = n / 2;
    T* median = median_of(first, first + half, last - 1, compare);
    if (n > kNintherMin) {
      T* const left = median_of(first + 1, first + half - 1, last - 2, compare);
      T* const right = median_of(first + 2, first + half + 1, last - 3, compare);
      median = median_of(left, median, right, compare);
    }
    std::swap(*first, *median);
  }

  static T* median_of(T* a, T* b, T* c, Compare const& compare) {
    bool const a_before_b = compare(*a, *b);
    bool const b_before_c = compare(*b, *c);
    if (a_before_b == b_before_c) return b;
    return a_before_b == compare(*a, *c) ? c : a;
  }

  static void insertion_sort(T* first, T* last, Compare const& compare) {
    for (T* next = first + 1; next < last; ++next) insert(first, next, compare);
  }

  // Gives up after a few moves. True: sorted.
  static bool insertion_sort_if_easy(T* first, T* last, Compare const& compare) {
    std::ptrdiff_t moves = 0;
    for (T* next = first + 1; next < last; ++next) {
      moves += insert(first, next, compare);
      if (moves > kMovesMax) return next + 1 == last;
    }
    return true;
  }

  // Inserts *next into the sorted range before it. Returns how far it went.
  static std::ptrdiff_t insert(T* first, T* next, Compare const& compare) {
    if (!compare(*next, next[-1])) return 0;
    T const value = *next;
    T* hole = next;
    do {
      *hole = hole[-1];
      --hole;
    } while (hole > first && compare(value, hole[-1]));
    *hole = value;
    return next - hole;
  }

  // Moves some elements of a range to where choose_pivot() meets them.
  static void break_pattern(T* first, std::ptrdiff_t n) {
    if (n <= kInsertionMax) return;
    std::ptrdiff_t const quarter = n / 4, half = n / 2;
    std::swap(first[0], first[quarter]);
    std::swap(first[half], first[half - quarter / 2]);
    std::swap(first[n - 1], first[n - 1 - quarter]);
    if (n <= kNintherMin) return;
    std::swap(first[1], first[quarter + 1]);
    std::swap(first[2], first[quarter + 2]);
    std::swap(first[half - 1], first[half + quarter / 2]);
    std::swap(first[half + 1], first[half + quarter / 2 + 1]);
    std::swap(first[n - 2], first[n - 2 - quarter]);
    std::swap(first[n - 3], first[n - 3 - quarter]);
  }

  // True if the range is sorted now: it was, or it was strictly descending and has been reversed.
  static bool is_run(T* first, T* last, Compare const& compare) {
    if (last - first < 2) return true;
    T* next = first + 1;
    if (compare(*next, *first)) {
      while (next < last && compare(*next, next[-1])) ++next;
      if (next != last) return false;
      std::reverse(first, last);
      return true;
    }
    while (next < last && !compare(*next, next[-1])) ++next;
    return next == last;
  }
};

}  // namespace heddle::detail
