// Unit: a reduction gives what its documented order of combinations gives, to the last bit.

#include "heddle/reduce.h"

#include <bit>
#include <cmath>
#include <functional>
#include <limits>
#include <vector>

#include "heddle/harness.h"
#include "heddle/invoke.h"
#include "heddle/parallel_for.h"

using namespace heddle;

namespace {

double value_of(std::size_t i) {
  return std::ldexp(double(test::mix(i)), int(test::mix(i + 1) % 80) - 100);
}

// The order that reduce.h documents, written down once more.
double tree(std::size_t n, std::size_t block, std::size_t first, std::size_t last) {
  if (last - first == 1) {
    double sum = value_of(first * block);
    for (std::size_t i = first * block + 1; i < n && i < last * block; ++i) sum += value_of(i);
    return sum;
  }
  std::size_t const middle = first + (last - first) / 2;
  double const lower = tree(n, block, first, middle);
  return lower + tree(n, block, middle, last);
}
double documented_sum(std::size_t n) {
  if (n == 0) return 0;
  std::size_t const block = n < 128 ? 1 : n < 262'144 ? std::bit_floor(n / 64) : 4096;
  return tree(n, block, 0, (n + block - 1) / block);
}

constexpr std::size_t kSizes[] = {0,   1,    2,     3,       64,      127,     128,      129,
                                  509, 1009, 8'191, 100'003, 262'143, 262'144, 1'000'000};

void a_sum_has_the_documented_bits() {
  for (std::size_t const n : kSizes) {
    double const expected = documented_sum(n);
    test::on_workers([&](KernelContext t) {
      double const sum = reduce(t, 0, n, 0.0, value_of, std::plus<>{});
      CHECK(std::bit_cast<std::uint64_t>(sum) == std::bit_cast<std::uint64_t>(expected));
      double const by_ranges = reduce_ranges(
          t, 0, n, 0.0,
          [](std::size_t first, std::size_t last) {
            double sum = value_of(first);
            while (++first < last) sum += value_of(first);
            return sum;
          },
          std::plus<>{});
      CHECK(std::bit_cast<std::uint64_t>(by_ranges) == std::bit_cast<std::uint64_t>(expected));
    });
  }
}

// Associative, but it matters which one is on the left.
struct Span {
  std::size_t first = SIZE_MAX, last = SIZE_MAX;
  bool is_gapless = true;
};
Span operator+(Span a, Span b) {
  if (a.first == SIZE_MAX) return b;
  if (b.first == SIZE_MAX) return a;
  return {a.first, b.last, a.is_gapless && b.is_gapless && a.last + 1 == b.first};
}

void nothing_needs_to_commute() {
  test::on_workers([](KernelContext t) {
    for (std::size_t const n : kSizes) {
      if (n == 0) continue;
      Span const span = reduce(
          t, 5, 5 + n, Span{},
          [](std::size_t i) {
            return Span{i, i};
          },
          std::plus<>{});
      CHECK(span.first == 5 && span.last == 4 + n && span.is_gapless);
    }
  });
}

struct Histogram {
  std::uint32_t counts[256] = {};
};

void values_may_be_larger_than_a_task() {
  test::on_workers([](KernelContext t) {
    auto const one = [](std::size_t i) {
      Histogram histogram;
      histogram.counts[i % 256] = 1;
      return histogram;
    };
    auto const add = [](Histogram a, Histogram const& b) {
      for (int i = 0; i < 256; ++i) a.counts[i] += b.counts[i];
      return a;
    };
    Histogram const all = reduce(t, 0, 25'600, Histogram{}, one, add);
    for (std::uint32_t const count : all.counts) CHECK(count == 100);
  });
}

void an_empty_range_gives_the_identity() {
  test::on_workers([](KernelContext t) {
    double const lowest = -std::numeric_limits<double>::infinity();
    auto const larger = [](double a, double b) { return a > b ? a : b; };
    CHECK(reduce(t, 3, 3, lowest, value_of, larger) == lowest);
  });
}

void everything_nests() {
  test::on_workers([](KernelContext t) {
    auto const squares = [](KernelContext t, std::size_t n) {
      std::vector<std::uint64_t> square(n);
      parallel_for(t, 0, n, [&](std::size_t i) { square[i] = i * i; });
      return reduce(
          t, 0, n, std::uint64_t{0}, [&](std::size_t i) { return square[i]; }, std::plus<>{});
    };
    auto const both = [&](KernelContext t, std::size_t i) {
      auto const [a, b] = invoke(
          t, [&](KernelContext t) { return squares(t, i); },
          [&](KernelContext t) { return squares(t, 2 * i); });
      return a + b;
    };
    std::uint64_t const sum = reduce(t, 0, 200, std::uint64_t{0}, both, std::plus<>{});
    std::uint64_t expected = 0;
    for (std::uint64_t i = 0; i < 200; ++i) {
      for (std::uint64_t k = 0; k < i; ++k) expected += k * k;
      for (std::uint64_t k = 0; k < 2 * i; ++k) expected += k * k;
    }
    CHECK(sum == expected);
  });
}

void a_cancelled_reduction_returns() {
  test::Started scheduler({.threads = 2, .stack_bytes = test::kStackBytes});
  Atomic<bool> cancel{false};
  auto const map = [&](std::size_t) {
    cancel.store(true, relaxed);
    return 1.0;
  };
  auto const sum = [&](KernelContext t) {
    return reduce(t, 0, std::size_t{1} << 62, 0.0, map, std::plus<>{});
  };
  CHECK(run(*scheduler, sum, {.cancel = &cancel}) < double(1u << 30));
}

}  // namespace

int main() {
  a_sum_has_the_documented_bits();
  nothing_needs_to_commute();
  values_may_be_larger_than_a_task();
  an_empty_range_gives_the_identity();
  everything_nests();
  a_cancelled_reduction_returns();
}
