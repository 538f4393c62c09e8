#pragma once
// How often what took how long: counts in buckets that are an eighth of their power of two wide, so
// that a quantile is off by at most 12 %.

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "base/atomic.h"

namespace heddle {

class Histogram {
 public:
  // Any thread. Relaxed, as all here: whoever reads sees some moment's counts.
  void record(std::uint64_t nanoseconds) {
    buckets_[bucket_of(nanoseconds)].fetch_add(1, relaxed);
    sum_.fetch_add(nanoseconds, relaxed);
    std::uint64_t most = max_.load(relaxed);
    while (nanoseconds > most && !max_.compare_exchange_weak(most, nanoseconds, relaxed, relaxed)) {
    }
  }

  // What is being recorded meanwhile may be forgotten in part.
  void reset() {
    for (auto& bucket : buckets_) bucket.store(0, relaxed);
    sum_.store(0, relaxed);
    max_.store(0, relaxed);
  }

  std::uint64_t count() const {
    std::uint64_t count = 0;
    for (auto const& bucket : buckets_) count += bucket.load(relaxed);
    return count;
  }
  std::uint64_t sum() const { return sum_.load(relaxed); }
  std::uint64_t max() const { return max_.load(relaxed); }

  // The least that so large a part of them, above 0 and at most 1, did not exceed; 0: there is
  // none.
  std::uint64_t quantile(double part) const {
    auto const wanted = std::uint64_t(part * double(count()) + 0.999999);
    std::uint64_t seen = 0;
    for (std::size_t i = 0; i < kBuckets; ++i) {
      seen += buckets_[i].load(relaxed);
      if (seen >= wanted && seen > 0) return std::min(end_of(i), max());
    }
    return max();
  }

 private:
  static constexpr int kParts = 8;  // Of a power of two.
  static constexpr std::size_t kBuckets = (64 - 3 + 1) * kParts;

  static constexpr std::size_t bucket_of(std::uint64_t n) {
    if (n < kParts) return std::size_t(n);
    int const power = std::bit_width(n) - 1;  // At least 3.
    return std::size_t(power - 2) * kParts + std::size_t(n >> (power - 3) & (kParts - 1));
  }
  static constexpr std::uint64_t end_of(std::size_t bucket) {
    if (bucket < kParts) return bucket;
    auto const shift = int(bucket / kParts) - 1;
    return ((std::uint64_t(kParts) + bucket % kParts + 1) << shift) - 1;
  }

  std::array<Atomic<std::uint64_t>, kBuckets> buckets_{};
  Atomic<std::uint64_t> sum_{0};
  Atomic<std::uint64_t> max_{0};
};

}  // namespace heddle
