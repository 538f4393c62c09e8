#pragma once
/// \file
/// Sorts by comparisons and keeps the order of equal elements: halves are sorted at once, and
/// merged in parts at once.
///
/// A merge of large ranges is cut where the middle of the longer one falls in the other (Cole, as
/// in Cormen et al., "Introduction to Algorithms", 26.3). The halves are sorted into the other
/// array, and merged back from there; ranges that follow each other already are copied.

#include <algorithm>
#include <cstddef>

#include "heddle/kernel_context.h"

namespace heddle::detail {

template <class T, class Compare>
class MergeSort {
 public:
  explicit MergeSort(Compare const& compare) : compare_(compare) {}

  // Sorts [data, data + n) by `spare`, which is as large.
  void run(KernelContext t, T* data, T* spare, std::size_t n) const {
    sort(t, data, spare, n, Place::Here);
  }

  // Forked.
  enum class Place : bool { Here, There };
  static void sort_half(KernelContext t, MergeSort const* self, T* here, T* there, std::size_t n,
                        Place place) {
    self->sort(t, here, there, n, place);
  }
  struct Merge {
    T const* left;
    T const* left_end;
    T const* right;
    T const* right_end;
    T* out;
  };
  static void merge_half(KernelContext t, MergeSort const* self, Merge const* merge) {
    self->merge(t, *merge);
  }

 private:
  static constexpr std::size_t kRun = 16;
  static constexpr std::size_t kForkMin = 4096;      // About 60 us.
  static constexpr std::ptrdiff_t kMergeMin = 8192;  // About 10 us.

  // Sorts what is here, and leaves it there or here.
  void sort(KernelContext t, T* here, T* there, std::size_t n, Place place) const {
    if (n <= kForkMin) return sort_alone(here, there, n, place);
    if (t.is_cancelled()) return;
    std::size_t const half = n / 2;
    Place const other = place == Place::Here ? Place::There : Place::Here;
    t.fork<&sort_half>(this, here + half, there + half, n - half, other);
    sort(t, here, there, half, other);
    t.join<&sort_half>();
    T* const from = place == Place::Here ? there : here;
    T* const to = place == Place::Here ? here : there;
    merge(t, {from, from + half, from + half, from + n, to});
    t.give_way();
  }

  void merge(KernelContext t, Merge const& m) const {
    std::ptrdiff_t const left = m.left_end - m.left, right = m.right_end - m.right;
    if (left + right <= kMergeMin || is_in_order(m)) return merge_alone(m);
    // Equals of the left come first: what is cut off the right goes before the left's middle only
    // if it is less.
    T const* left_cut;
    T const* right_cut;
    if (left >= right) {
      left_cut = m.left + left / 2;
      right_cut = std::lower_bound(m.right, m.right_end, *left_cut, compare_);
    } else {
      right_cut = m.right + right / 2;
      left_cut = std::upper_bound(m.left, m.left_end, *right_cut, compare_);
    }
    Merge const upper{left_cut, m.left_end, right_cut, m.right_end,
                      m.out + (left_cut - m.left) + (right_cut - m.right)};
    t.fork<&merge_half>(this, &upper);
    merge(t, {m.left, left_cut, m.right, right_cut, m.out});
    t.join<&merge_half>();
  }

  bool is_in_order(Merge const& m) const {
    return m.left == m.left_end || m.right == m.right_end || !compare_(*m.right, m.left_end[-1]);
  }

  void merge_alone(Merge const& m) const {
    Ends ends(m);
    if (!is_in_order(m)) {
      // A side of 2 k elements lasts for k steps from either end, so nobody asks.
      while (std::size_t const steps = std::min(ends.left_count(), ends.right_count()) / 2) {
        ends = merge_from_both(ends, steps);
      }
      while (ends.left_count() != 0 && ends.right_count() != 0) ends = merge_one(ends);
    }
    T* const out = std::copy_n(ends.left, ends.left_count(), ends.out);
    std::copy_n(ends.right, ends.right_count(), out);
  }

  // What is left to merge, and where to.
  struct Ends {
    explicit Ends(Merge const& m)
        : left(m.left),
          last_left(m.left_end - 1),
          right(m.right),
          last_right(m.right_end - 1),
          out(m.out),
          last_out(m.out + (m.left_end - m.left) + (m.right_end - m.right) - 1) {}

    std::size_t left_count() const { return std::size_t(last_left + 1 - left); }
    std::size_t right_count() const { return std::size_t(last_right + 1 - right); }

    T const* left;
    T const* last_left;
    T const* right;
    T const* last_right;
    T* out;
    T* last_out;
  };

  // So many steps from the front and from the back at once, which the processor does side by side
  // (Bergdoll and Peters, "driftsort", 2024).
  Ends merge_from_both(Ends ends, std::size_t steps) const {
    for (std::size_t i = 0; i < steps; ++i) {
      ends = merge_one(ends);
      bool const is_left = compare_(*ends.last_right, *ends.last_left);
      *ends.last_out-- = *(is_left ? ends.last_left : ends.last_right);
      ends.last_left -= is_left;
      ends.last_right -= !is_left;
    }
    return ends;
  }

  Ends merge_one(Ends ends) const {
    bool const is_right = compare_(*ends.right, *ends.left);
    *ends.out++ = *(is_right ? ends.right : ends.left);
    ends.right += is_right;
    ends.left += !is_right;
    return ends;
  }

  // One core, both arrays in its cache.
  void sort_alone(T* here, T* there, std::size_t n, Place place) const {
    if (n <= kRun) {
      insertion_sort(here, n);
      if (place == Place::There) std::copy_n(here, n, there);
      return;
    }
    std::size_t const half = n / 2;
    Place const other = place == Place::Here ? Place::There : Place::Here;
    sort_alone(here, there, half, other);
    sort_alone(here + half, there + half, n - half, other);
    T const* const from = place == Place::Here ? there : here;
    merge_halves({from, from + half, from + half, from + n, place == Place::Here ? here : there});
  }

  // The right side is as long as the left, or longer by one: half of the steps from either end
  // leave neither without elements.
  void merge_halves(Merge const& m) const {
    if (is_in_order(m)) {
      std::copy(m.left, m.right_end, m.out);
      return;
    }
    Ends const ends = merge_from_both(Ends(m), std::size_t(m.left_end - m.left));
    if (ends.out == ends.last_out) *ends.out = *(ends.left_count() != 0 ? ends.left : ends.right);
  }

  void insertion_sort(T* first, std::size_t n) const {
    for (std::size_t next = 1; next < n; ++next) {
      T const value = first[next];
      std::size_t hole = next;
      for (; hole > 0 && compare_(value, first[hole - 1]); --hole) first[hole] = first[hole - 1];
      first[hole] = value;
    }
  }

  Compare const& compare_;
};

}  // namespace heddle::detail
