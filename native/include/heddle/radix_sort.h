#pragma once
/// \file
/// Sorts numbers by their digits: no comparisons, and about as fast as memory goes.
///
/// A large range is dealt into 256 to 1,024 buckets by the topmost bits that differ (most
/// significant digit first: chunks count, then every chunk deals into places of its own), and each
/// bucket is sorted by itself. A bucket that fits into a core's cache is sorted by its next digits,
/// least significant first; only by as many as tell nearly all of its numbers apart, and the few
/// that these leave together are sorted by comparisons.
///
///     n = 10 M, u32:   count and deal by 10 bits; buckets of 39 KB: twice, count and deal by 11
///
/// Both halves are after Knuth, "The Art of Computer Programming" 3, 5.2.5; leaving off where the
/// rest is cheaper by comparisons after McIlroy, Bostic and McIlroy, "Engineering Radix Sort"
/// (1993).

#include <algorithm>
#include <array>
#include <bit>
#include <climits>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <type_traits>
#include <utility>

#include "heddle/kernel_context.h"
#include "heddle/parallel_for.h"
#include "heddle/quick_sort.h"
#include "heddle/reduce.h"
#include "heddle/spare.h"

namespace heddle::detail {

template <std::size_t Bytes>
struct UnsignedOf;
template <>
struct UnsignedOf<1> {
  using Type = std::uint8_t;
};
template <>
struct UnsignedOf<2> {
  using Type = std::uint16_t;
};
template <>
struct UnsignedOf<4> {
  using Type = std::uint32_t;
};
template <>
struct UnsignedOf<8> {
  using Type = std::uint64_t;
};

template <class T>
concept RadixSortable = (std::is_integral_v<T> && sizeof(T) <= 8) ||
                        (std::is_floating_point_v<T> && std::numeric_limits<T>::is_iec559 &&
                         (sizeof(T) == 4 || sizeof(T) == 8));

enum class Order : std::uint8_t { Ascending, Descending };

// The bits whose order as unsigned numbers is the order of the Ts. Floats: by IEEE 754's
// totalOrder, the negative ones with all bits flipped, the others with the sign flipped.
template <class T, Order order>
auto radix_key(T value) {
  using Bits = typename UnsignedOf<sizeof(T)>::Type;
  constexpr Bits kSign = Bits(Bits{1} << (sizeof(T) * CHAR_BIT - 1));
  Bits bits;
  std::memcpy(&bits, &value, sizeof bits);
  if constexpr (std::is_floating_point_v<T>) {
    bits = (bits & kSign) != 0 ? Bits(~bits) : Bits(bits | kSign);
  } else if constexpr (std::is_signed_v<T>) {
    bits ^= kSign;
  }
  return order == Order::Ascending ? bits : Bits(~bits);
}

template <class T, Order order>
class RadixSort {
 public:
  using Bits = decltype(radix_key<T, order>(T{}));

  // Up to so many numbers are not worth counting.
  static constexpr std::size_t kFewMax = 64 * sizeof(T);

  // Sorts by `spare`, which is as large as the data.
  static void run(KernelContext t, T* data, T* spare, std::size_t n) {
    sort(t, data, spare, n, Place::Here);
  }

  // The same order, without memory.
  static void run_in_place(KernelContext t, T* data, std::size_t n) {
    QuickSort<T, ByKey>::run(t, data, data + n, ByKey{});
  }
  static void run_few(T* data, std::size_t n) {
    QuickSort<T, ByKey>::run_alone(data, data + n, ByKey{});
  }

 private:
  static constexpr std::size_t kCachedMax = std::min(256 * 1024 / sizeof(T), std::size_t{65'535});
  static constexpr std::size_t kBucketWanted = 16 * 1024;
  static constexpr int kDigitBitsMin = 8;
  static constexpr int kDigitBitsMax = 10;
  static constexpr int kCachedDigitBitsMax = 11;
  static constexpr std::size_t kChunksMax = 64;
  static constexpr std::size_t kChunkMin = 32 * 1024;

  // Where the sorted numbers are wanted: where they are now, or in the other array.
  enum class Place : std::uint8_t { Here, There };
  static Place opposite(Place place) { return place == Place::Here ? Place::There : Place::Here; }

  struct ByKey {
    bool operator()(T a, T b) const { return key(a) < key(b); }
  };

  // Some bits of a key.
  struct Digit {
    int shift;
    int bits;

    std::size_t of(T value) const { return std::size_t(key(value) >> shift) & (count() - 1); }
    std::size_t count() const { return std::size_t{1} << bits; }
  };

  static Bits key(T value) { return radix_key<T, order>(value); }

  static void sort(KernelContext t, T* here, T* there, std::size_t n, Place place) {
    if (n <= kCachedMax) return sort_cached(here, there, n, place);
    int const bits = int(std::bit_width(differing(t, here, n)));
    if (t.is_cancelled()) return;
    if (bits == 0) return put(here, there, n, place);
    Deal deal{here, there, n, topmost(bits, n)};
    if (!deal.has_memory()) {
      run_in_place(t, here, n);
      return put(here, there, n, place);
    }
    if (!deal.run(t)) return;
    parallel_for(t, 0, deal.digit.count(), [&](KernelContext t, std::size_t d) {
      Range const bucket = deal.bucket(d);
      if (length(bucket) == 0) return;
      sort(t, there + bucket.begin, here + bucket.begin, length(bucket), opposite(place));
    });
  }

  // The bits in which some of the keys differ.
  static Bits differing(KernelContext t, T const* data, std::size_t n) {
    Bits const first = key(data[0]);
    auto const block = [=](std::size_t from, std::size_t to) {
      Bits bits = 0;
      for (std::size_t i = from; i < to; ++i) bits |= key(data[i]) ^ first;
      return bits;
    };
    auto const either = [](Bits a, Bits b) { return Bits(a | b); };
    return reduce_ranges(t, 0, n, Bits{0}, block, either);
  }

  // The digit that makes buckets of a good size, if the keys are spread evenly.
  static Digit topmost(int bits, std::size_t n) {
    int const wanted = int(std::bit_width(n / kBucketWanted));
    int const width = std::min(std::clamp(wanted, kDigitBitsMin, kDigitBitsMax), bits);
    return {bits - width, width};
  }

  // Moves each number to the bucket of its digit; keeps the order within a bucket.
  struct Deal {
    T const* from;
    T* to;
    std::size_t n;
    Digit digit;
    std::size_t chunks = std::clamp(n / kChunkMin, std::size_t{1}, kChunksMax);
    Spare<std::size_t> places{digit.count() * chunks};  // Of a chunk's next number of each digit.
    Spare<std::size_t> begins{digit.count() + 1};       // Of the buckets.

    bool has_memory() { return places.data() != nullptr && begins.data() != nullptr; }
    Range bucket(std::size_t d) { return {begins.data()[d], begins.data()[d + 1]}; }

    // False: cancelled.
    bool run(KernelContext t) {
      bool const is_counted = parallel_for(t, 0, chunks, [this](std::size_t c) { count_chunk(c); });
      if (!is_counted) return false;
      find_places();
      return parallel_for(t, 0, chunks, [this](std::size_t c) { deal_chunk(c); });
    }

    Range chunk(std::size_t c) const {
      std::size_t const size = n / chunks;
      return {size * c, c + 1 == chunks ? n : size * (c + 1)};
    }

    void count_chunk(std::size_t c) {
      Range const range = chunk(c);
      std::size_t* const counts = places.data() + c * digit.count();
      std::fill_n(counts, digit.count(), 0);
      Digit const d = digit;
      T const* const source = from;
      for (std::size_t i = range.begin; i < range.end; ++i) ++counts[d.of(source[i])];
    }

    // Counts become places: those of one digit in a row, in the order of the chunks.
    void find_places() {
      std::size_t const digits = digit.count();
      std::size_t* const counts = places.data();
      std::size_t place = 0;
      for (std::size_t d = 0; d < digits; ++d) {
        begins.data()[d] = place;
        for (std::size_t c = 0; c < chunks; ++c)
          place += std::exchange(counts[c * digits + d], place);
      }
      begins.data()[digits] = place;
    }

    void deal_chunk(std::size_t c) {
      Range const range = chunk(c);
      std::size_t* const next = places.data() + c * digit.count();
      Digit const d = digit;
      T const* const source = from;
      T* const target = to;
      for (std::size_t i = range.begin; i < range.end; ++i) {
        target[next[d.of(source[i])]++] = source[i];
      }
    }
  };

  // One core, both arrays in its cache.
  static void sort_cached(T* here, T* there, std::size_t n, Place place) {
    if (n <= kFewMax) {
      run_few(here, n);
      return put(here, there, n, place);
    }
    Bits differing = 0;
    for (std::size_t i = 1; i < n; ++i) differing |= key(here[i]) ^ key(here[0]);
    int const bits = int(std::bit_width(differing));
    // As many buckets as there are numbers, and 2^7 times more.
    int const telling = std::min(bits, int(std::bit_width(n)) + 7);
    int const widest = n < 4096 ? 8 : kCachedDigitBitsMax;
    int const digits = (telling + widest - 1) / widest;
    int const width = digits == 0 ? 0 : (telling + digits - 1) / digits;
    int const low = std::max(bits - digits * width, 0);
    T* from = here;
    T* to = there;
    for (int d = 0; d < digits; ++d) {
      deal_cached(from, to, n, {low + d * width, width});
      std::swap(from, to);
    }
    if (low > 0) sort_ties(from, n, low);
    T* const wanted = place == Place::Here ? here : there;
    if (from != wanted) std::copy_n(from, n, wanted);
  }

  static void deal_cached(T const* from, T* to, std::size_t n, Digit digit) {
    std::array<std::uint16_t, 1 << kCachedDigitBitsMax> places;
    std::fill_n(places.begin(), digit.count(), 0);
    for (std::size_t i = 0; i < n; ++i) ++places[digit.of(from[i])];
    std::uint16_t place = 0;
    for (std::size_t d = 0; d < digit.count(); ++d) place += std::exchange(places[d], place);
    for (std::size_t i = 0; i < n; ++i) to[places[digit.of(from[i])]++] = from[i];
  }

  // The numbers are sorted but for their lowest bits.
  static void sort_ties(T* data, std::size_t n, int low) {
    for (std::size_t i = 1; i < n; ++i) {
      if (key(data[i - 1]) <= key(data[i])) continue;
      Bits const high = Bits(key(data[i]) >> low);
      std::size_t first = i - 1, last = i + 1;
      while (first > 0 && Bits(key(data[first - 1]) >> low) == high) --first;
      while (last < n && Bits(key(data[last]) >> low) == high) ++last;
      run_few(data + first, last - first);
      i = last - 1;
    }
  }

  static void put(T const* here, T* there, std::size_t n, Place place) {
    if (place == Place::There) std::copy_n(here, n, there);
  }
};

}  // namespace heddle::detail
