#pragma once
/// \file
/// Parallel sorting.
///
///     heddle::sort(t, a.begin(), a.end());
///     heddle::stable_sort(t, people.begin(), people.end(), [](auto& a, auto& b) { return a.age <
///     b.age; });
///
/// | what                                     | how                      | memory          |
/// | ---------------------------------------- | ------------------------ | --------------- |
/// | numbers by < or >, both functions        | radix sort, O(n)         | n more          |
/// | sort, any other order                    | quicksort, O(n log n)    | a stack         |
/// | stable_sort, any other order             | merge sort, O(n log n)   | n more          |
///
/// Where memory is short numbers are sorted by quicksort, and stable_sort goes to std::stable_sort.

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <functional>
#include <iterator>
#include <memory>
#include <type_traits>

#include "heddle/kernel_context.h"
#include "heddle/merge_sort.h"
#include "heddle/quick_sort.h"
#include "heddle/radix_sort.h"
#include "heddle/spare.h"

namespace heddle {

/// What can be sorted: elements one after the other in memory, which may be copied as bytes.
template <class Iterator>
concept SortableIterator = std::contiguous_iterator<Iterator> &&
    std::is_trivially_copyable_v<std::iter_value_t<Iterator>>;

namespace detail {

template <class Compare, class T>
inline constexpr bool kIsLess = std::same_as<Compare, std::less<>> ||
                                std::same_as<Compare, std::less<T>> ||
                                std::same_as<Compare, std::ranges::less>;
template <class Compare, class T>
inline constexpr bool kIsGreater = std::same_as<Compare, std::greater<>> ||
                                   std::same_as<Compare, std::greater<T>> ||
                                   std::same_as<Compare, std::ranges::greater>;

template <class T, Order order>
void sort_numbers(KernelContext t, T* data, std::size_t n) {
  using Radix = RadixSort<T, order>;
  if (n <= Radix::kFewMax) return Radix::run_few(data, n);
  Spare<T> spare(n);
  if (spare.data() == nullptr) return Radix::run_in_place(t, data, n);
  Radix::run(t, data, spare.data(), n);
}

template <class T, class Compare>
void stable_sort_any(KernelContext t, T* data, std::size_t n, Compare const& compare) {
  Spare<T> spare(n);
  if (spare.data() == nullptr) return std::stable_sort(data, data + n, compare);
  MergeSort<T, Compare>(compare).run(t, data, spare.data(), n);
}

}  // namespace detail

/// Sorts [first, last). Equal elements may change places.
///
/// Integers and floats in the order of std::less or std::greater are sorted by their bits: floats
/// as by std::strong_order, so -0 before +0, and NaNs at the ends, by their signs.
///
/// \param compare a strict weak order, called from several workers at once: a const callable. One
///   that is no order leaves the elements in some order.
/// \return false if the root was cancelled. The elements then are in no order, and numbers may be
///   missing or double.
template <SortableIterator Iterator, class Compare = std::less<>>
requires std::predicate<Compare const&, std::iter_reference_t<Iterator>,
                        std::iter_reference_t<Iterator>>
bool sort(KernelContext t, Iterator first, Iterator last, Compare const& compare = {}) {
  using T = std::iter_value_t<Iterator>;
  CHECK(first <= last);
  T* const data = std::to_address(first);
  std::size_t const n = std::size_t(last - first);
  if constexpr (detail::RadixSortable<T> && detail::kIsLess<Compare, T>) {
    detail::sort_numbers<T, detail::Order::Ascending>(t, data, n);
  } else if constexpr (detail::RadixSortable<T> && detail::kIsGreater<Compare, T>) {
    detail::sort_numbers<T, detail::Order::Descending>(t, data, n);
  } else {
    detail::QuickSort<T, Compare>::run(t, data, data + n, compare);
  }
  return !t.is_cancelled();
}

/// Sorts [first, last); equal elements stay in their order. The rest is as with sort(), but if the
/// root is cancelled or the comparison is no order, elements may be missing or double.
template <SortableIterator Iterator, class Compare = std::less<>>
requires std::predicate<Compare const&, std::iter_reference_t<Iterator>,
                        std::iter_reference_t<Iterator>>
bool stable_sort(KernelContext t, Iterator first, Iterator last, Compare const& compare = {}) {
  using T = std::iter_value_t<Iterator>;
  if constexpr (detail::RadixSortable<T> &&
                (detail::kIsLess<Compare, T> || detail::kIsGreater<Compare, T>)) {
    return sort(t, first, last, compare);
  } else {
    CHECK(first <= last);
    detail::stable_sort_any(t, std::to_address(first), std::size_t(last - first), compare);
    return !t.is_cancelled();
  }
}

}  // namespace heddle
