// Unit: sorts give what the standard library's give, for every kind of input, type and order.

#include "heddle/sort.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <compare>
#include <cstdlib>
#include <cstring>
#include <limits>
#include <new>
#include <span>
#include <vector>

#include "heddle/harness.h"
#include "heddle/sort_inputs.h"

namespace {

bool is_memory_short = false;

}  // namespace

// All memory for more than a line's alignment: in this program it may be refused.
[[gnu::noinline]] void* operator new(std::size_t bytes, std::align_val_t alignment,
                                     std::nothrow_t const&) noexcept {
  std::size_t const line = std::size_t(alignment);
  return is_memory_short ? nullptr : std::aligned_alloc(line, (bytes + line - 1) / line * line);
}
[[gnu::noinline]] void* operator new(std::size_t bytes, std::align_val_t alignment) {
  return operator new(bytes, alignment, std::nothrow);
}
[[gnu::noinline]] void operator delete(void* data, std::align_val_t) noexcept {
  std::free(data);
}
[[gnu::noinline]] void operator delete(void* data, std::size_t, std::align_val_t) noexcept {
  std::free(data);
}

using namespace heddle;

namespace {

constexpr std::size_t kSizes[] = {0, 1, 2, 3, 20, 21, 257, 1009, 9001};
constexpr std::size_t kLarge = 150'001;  // More than one core's cache.

template <class T>
std::vector<T> converted(std::vector<std::uint64_t> const& from) {
  std::vector<T> to(from.size());
  for (std::size_t i = 0; i < from.size(); ++i) to[i] = T(from[i]);
  return to;
}

template <class T>
void check_type(KernelContext t, std::vector<T> const& in) {
  std::vector<T> expected = in, out = in;
  std::sort(expected.begin(), expected.end());
  CHECK(sort(t, out.begin(), out.end()));
  CHECK(out == expected);
  out = in;
  CHECK(stable_sort(t, out.begin(), out.end(), std::less<T>{}));
  CHECK(out == expected);
  out = in;
  CHECK(sort(t, out.begin(), out.end(), [](T a, T b) { return a < b; }));
  CHECK(out == expected);
  out = in;
  std::reverse(expected.begin(), expected.end());
  CHECK(sort(t, out.begin(), out.end(), std::greater<>{}));
  CHECK(out == expected);
  out = in;
  CHECK(sort(t, out.data(), out.data() + out.size(), [](T a, T b) { return a > b; }));
  CHECK(out == expected);
}

void numbers_are_sorted_as_by_the_standard_library() {
  test::on_workers([](KernelContext t) {
    for (test::SortInput const& input : test::kSortInputs) {
      for (std::size_t const n : kSizes) {
        std::vector<std::uint64_t> const in = test::make_input(input, n);
        check_type(t, in);
        check_type(t, converted<std::uint32_t>(in));
      }
      std::vector<std::uint64_t> const in = test::make_input(input, 9001);
      check_type(t, converted<std::int16_t>(in));
#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // Each takes seconds to build.
      check_type(t, converted<std::int64_t>(in));
      check_type(t, converted<std::int32_t>(in));
      check_type(t, converted<std::uint8_t>(in));
      check_type(t, converted<char>(in));
      check_type(t, converted<float>(in));
#endif
      check_type(t, converted<double>(in));
    }
  });
}

void large_inputs_are_sorted_in_parallel() {
  test::Started scheduler({.threads = 3, .stack_bytes = test::kStackBytes});
  run(*scheduler, [](KernelContext t) {
    for (test::SortInput const& input : test::kSortInputs) {
      std::vector<std::uint64_t> const in = test::make_input(input, kLarge);
      check_type(t, converted<std::uint32_t>(in));
      check_type(t, converted<double>(in));
    }
  });
}

template <class T>
void floats_are_in_total_order_as() {
  using Limits = std::numeric_limits<T>;
  T const special[] = {T(0),
                       -T(0),
                       Limits::infinity(),
                       -Limits::infinity(),
                       Limits::max(),
                       Limits::lowest(),
                       Limits::min(),
                       Limits::denorm_min(),
                       Limits::quiet_NaN(),
                       -Limits::quiet_NaN(),
                       T(1),
                       T(-1)};
  std::vector<T> in(kLarge);
  for (std::size_t i = 0; i < in.size(); ++i) {
    in[i] = i % 3 == 0 ? special[test::mix(i) % std::size(special)]
                       : T(std::ldexp(double(std::int64_t(test::mix(i))), int(i % 300) - 200));
  }
  auto const before = [](T a, T b) { return std::strong_order(a, b) < 0; };
  std::vector<T> expected = in;
  std::sort(expected.begin(), expected.end(), before);
  test::on_workers([&](KernelContext t) {
    for (std::size_t const n : {in.size(), std::size_t{100}}) {
      std::vector<T> out(in.begin(), in.begin() + std::ptrdiff_t(n)), wanted = out;
      std::sort(wanted.begin(), wanted.end(), before);
      CHECK(sort(t, out.begin(), out.end()));
      CHECK(std::memcmp(out.data(), wanted.data(), n * sizeof(T)) == 0);
      std::reverse(wanted.begin(), wanted.end());
      CHECK(sort(t, out.begin(), out.end(), std::greater<T>{}));
      CHECK(std::memcmp(out.data(), wanted.data(), n * sizeof(T)) == 0);
    }
  });
}

struct Person {
  std::uint32_t age;
  std::uint32_t number;
  char name[12];

  bool operator==(Person const& other) const { return number == other.number; }
};

void a_stable_sort_keeps_the_order_of_equals() {
  auto const younger = [](Person const& a, Person const& b) { return a.age < b.age; };
  test::on_workers([&](KernelContext t) {
    for (test::SortInput const& input : test::kSortInputs) {
      for (std::size_t const n : kSizes) {
        std::vector<Person> in(n);
        for (std::size_t i = 0; i < n; ++i) {
          in[i] = {std::uint32_t(input.at(i, n) % 1000), std::uint32_t(i), "somebody"};
        }
        std::vector<Person> expected = in;
        std::stable_sort(expected.begin(), expected.end(), younger);
        std::vector<Person> out = in;
        CHECK(stable_sort(t, out.begin(), out.end(), younger));
        CHECK(out == expected);
        CHECK(sort(t, in.begin(), in.end(), younger));
        CHECK(std::is_sorted(in.begin(), in.end(), younger));
      }
    }
  });
}

// Decides as late as it can that an element is large, so that every pivot is among the smallest
// (McIlroy, "A Killer Adversary for Quicksort", 1999).
class Adversary {
 public:
  explicit Adversary(std::size_t n) : values_(n, kGas) {}

  bool operator()(std::uint32_t a, std::uint32_t b) const {
    ++comparisons_;
    if (values_[a] == kGas && values_[b] == kGas) values_[a == candidate_ ? a : b] = solid_++;
    if (values_[a] == kGas) candidate_ = a;
    if (values_[b] == kGas) candidate_ = b;
    return values_[a] < values_[b];
  }
  std::vector<std::uint32_t> const& values() const { return values_; }
  std::uint64_t comparisons() const { return comparisons_; }

 private:
  static constexpr std::uint32_t kGas = ~0u;
  mutable std::vector<std::uint32_t> values_;
  mutable std::uint32_t solid_ = 0;
  mutable std::uint32_t candidate_ = 0;
  mutable std::uint64_t comparisons_ = 0;
};

void no_input_is_quadratic() {
  test::Started scheduler({.threads = 1, .stack_bytes = test::kStackBytes});
  run(*scheduler, [](KernelContext t) {
    constexpr std::size_t kN = 100'000;
    constexpr std::uint64_t kFew = 6 * kN * 17;  // log2(n) is 17.
    std::vector<std::uint32_t> order(kN);
    for (std::size_t i = 0; i < kN; ++i) order[i] = std::uint32_t(i);
    Adversary adversary(kN);
    CHECK(sort(t, order.begin(), order.end(), std::ref(adversary)));
    CHECK(adversary.comparisons() < kFew);
    std::vector<std::uint32_t> killer = adversary.values();
    std::uint64_t comparisons = 0;
    auto const counted = [&](std::uint32_t a, std::uint32_t b) {
      ++comparisons;
      return a < b;
    };
    CHECK(sort(t, killer.begin(), killer.end(), counted));
    CHECK(std::is_sorted(killer.begin(), killer.end()) && comparisons < kFew);
    for (test::SortInput const& input : test::kSortInputs) {
      std::vector<std::uint64_t> in = test::make_input(input, kN);
      comparisons = 0;
      auto const less = [&](std::uint64_t a, std::uint64_t b) { return counted(0, 0), a < b; };
      CHECK(sort(t, in.begin(), in.end(), less));
      CHECK(comparisons < kFew);
    }
  });
}

void easy_inputs_take_few_comparisons() {
  test::Started scheduler({.threads = 1, .stack_bytes = test::kStackBytes});
  run(*scheduler, [](KernelContext t) {
    constexpr std::size_t kN = 100'000;
    for (char const* const name : {"sorted", "reversed", "equal", "two values"}) {
      for (test::SortInput const& input : test::kSortInputs) {
        if (std::strcmp(input.name, name) != 0) continue;
        std::vector<std::uint64_t> in = test::make_input(input, kN);
        std::uint64_t comparisons = 0;
        CHECK(sort(t, in.begin(), in.end(), [&](std::uint64_t a, std::uint64_t b) {
          ++comparisons;
          return a < b;
        }));
        CHECK(comparisons < 4 * kN);
      }
    }
  });
}

// Not even memory beside the range is touched.
void a_comparison_that_is_no_order_does_no_harm() {
  test::on_workers([](KernelContext t) {
    constexpr std::size_t kN = 20'000, kGuard = 100;
    std::vector<std::uint64_t> in(kN + 2 * kGuard, 42);
    for (std::size_t i = 0; i < kN; ++i) in[kGuard + i] = test::mix(i);
    auto const check = [&](auto const& compare) {
      std::vector<std::uint64_t> quick = in, merged = in, expected = in;
      (void)sort(t, quick.begin() + kGuard, quick.end() - kGuard, compare);
      (void)stable_sort(t, merged.begin() + kGuard, merged.end() - kGuard, compare);
      std::sort(expected.begin() + kGuard, expected.end() - kGuard);
      std::sort(quick.begin() + kGuard, quick.end() - kGuard);
      CHECK(quick == expected);
      for (std::size_t i = 0; i < kGuard; ++i)
        CHECK(merged[i] == 42 && merged.end()[-1 - long(i)] == 42);
    };
    check([](std::uint64_t, std::uint64_t) { return true; });
    check([](std::uint64_t, std::uint64_t) { return false; });
    check([](std::uint64_t a, std::uint64_t b) { return test::mix(a ^ b << 1) % 2 == 0; });
    check([](std::uint64_t a, std::uint64_t b) { return a <= b; });
  });
}

void without_memory_the_result_is_the_same() {
  test::Started scheduler({.threads = 2, .stack_bytes = test::kStackBytes});
  run(*scheduler, [](KernelContext t) {
    std::vector<std::uint64_t> const in = test::make_input(test::kSortInputs[0], kLarge);
    std::vector<Person> people(20'000);
    for (std::size_t i = 0; i < people.size(); ++i) {
      people[i] = {std::uint32_t(in[i] % 100), std::uint32_t(i), ""};
    }
    auto const younger = [](Person const& a, Person const& b) { return a.age < b.age; };
    std::vector<Person> wanted = people;
    std::stable_sort(wanted.begin(), wanted.end(), younger);
    std::vector<std::uint64_t> expected = in, out = in;
    std::sort(expected.begin(), expected.end());
    is_memory_short = true;
    bool const are_sorted = sort(t, out.begin(), out.end());
    bool const are_people_sorted = stable_sort(t, people.begin(), people.end(), younger);
    is_memory_short = false;
    CHECK(are_sorted && out == expected);
    CHECK(are_people_sorted && people == wanted);
  });
}

void a_cancelled_sort_returns() {
  test::Started scheduler({.threads = 2, .stack_bytes = test::kStackBytes});
  Atomic<bool> const cancelled{true};
  std::vector<std::uint64_t> in = test::make_input(test::kSortInputs[0], kLarge);
  auto const sort_all = [&](KernelContext t) {
    bool const is_sorted = sort(t, in.begin(), in.end());
    bool const is_sorted_by = sort(t, in.begin(), in.end(), [](auto a, auto b) { return a < b; });
    return is_sorted || is_sorted_by;
  };
  CHECK(!run(*scheduler, sort_all, {.cancel = &cancelled}));
}

}  // namespace

int main() {
  numbers_are_sorted_as_by_the_standard_library();
  large_inputs_are_sorted_in_parallel();
  floats_are_in_total_order_as<float>();
  floats_are_in_total_order_as<double>();
  a_stable_sort_keeps_the_order_of_equals();
  no_input_is_quadratic();
  easy_inputs_take_few_comparisons();
  a_comparison_that_is_no_order_does_no_harm();
  without_memory_the_result_is_the_same();
  a_cancelled_sort_returns();
}
