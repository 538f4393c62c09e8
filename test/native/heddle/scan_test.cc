// Unit: scans give what their documented order of combinations gives, to the last bit.

#include "heddle/scan.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "heddle/harness.h"

using namespace heddle;

namespace {

constexpr std::size_t kSizes[] = {0, 1, 2, 3, 255, 256, 257, 1009, 100'003, 1'000'000};

std::vector<double> values(std::size_t n) {
  std::vector<double> values(n);
  for (std::size_t i = 0; i < n; ++i) {
    values[i] = std::ldexp(double(test::mix(i)), int(test::mix(i + 1) % 80) - 100);
  }
  return values;
}

bool are_same_bits(std::vector<double> const& a, std::vector<double> const& b) {
  return a.size() == b.size() &&
         (a.empty() || std::memcmp(a.data(), b.data(), a.size() * sizeof(double)) == 0);
}

// The order that scan.h documents, written down once more. An inclusive one has no initial value.
std::vector<double> documented(std::vector<double> const& in, double const* initial) {
  std::vector<double> out(in.size());
  std::size_t const n = in.size(), block = std::max<std::size_t>(256, (n + 511) / 512);
  bool has_carry = initial != nullptr;
  double carry = has_carry ? *initial : 0;
  for (std::size_t first = 0; first < n; first += block) {
    double local = 0;
    std::size_t const last = std::min(n, first + block);
    for (std::size_t i = first; i < last; ++i) {
      if (initial != nullptr) out[i] = i == first ? carry : carry + local;
      local = i == first ? in[i] : local + in[i];
      if (initial == nullptr) out[i] = has_carry ? carry + local : local;
    }
    carry = has_carry ? carry + local : local;
    has_carry = true;
  }
  return out;
}

void an_inclusive_scan_has_the_documented_bits() {
  for (std::size_t const n : kSizes) {
    std::vector<double> const in = values(n), expected = documented(in, nullptr);
    test::on_workers([&](KernelContext t) {
      std::vector<double> out(n, -1);
      CHECK(scan(t, in.begin(), in.end(), out.begin()));
      CHECK(are_same_bits(out, expected));
      out = in;
      CHECK(scan(t, out.begin(), out.end(), out.begin()));
      CHECK(are_same_bits(out, expected));
    });
  }
}

void an_exclusive_scan_has_the_documented_bits() {
  double const initial = 0.1;
  for (std::size_t const n : kSizes) {
    std::vector<double> const in = values(n), expected = documented(in, &initial);
    test::on_workers([&](KernelContext t) {
      std::vector<double> out(n, -1);
      CHECK(exclusive_scan(t, in.begin(), in.end(), out.begin(), initial));
      CHECK(are_same_bits(out, expected));
      out = in;
      CHECK(exclusive_scan(t, out.begin(), out.end(), out.begin(), initial));
      CHECK(are_same_bits(out, expected));
    });
  }
}

void integers_give_the_plain_result() {
  test::on_workers([](KernelContext t) {
    std::vector<std::uint32_t> in(300'000), out(in.size());
    for (std::size_t i = 0; i < in.size(); ++i) in[i] = std::uint32_t(test::mix(i));
    CHECK(scan(t, in.data(), in.data() + in.size(), out.data()));
    std::uint32_t sum = 0;
    for (std::size_t i = 0; i < in.size(); ++i) CHECK(out[i] == (sum += in[i]));
    auto const larger = [](std::uint32_t a, std::uint32_t b) { return std::max(a, b); };
    CHECK(scan(t, in.data(), in.data() + in.size(), out.data(), larger));
    std::uint32_t largest = 0;
    for (std::size_t i = 0; i < in.size(); ++i) CHECK(out[i] == (largest = larger(largest, in[i])));
  });
}

// x -> a * x + b, one after the other: associative, but it matters which comes first.
struct Affine {
  std::uint32_t a, b;

  bool operator==(Affine const&) const = default;
};

void nothing_needs_to_commute() {
  auto const then = [](Affine f, Affine g) { return Affine{g.a * f.a, g.a * f.b + g.b}; };
  test::on_workers([&](KernelContext t) {
    std::vector<Affine> in(200'003), out(in.size());
    for (std::size_t i = 0; i < in.size(); ++i) {
      in[i] = {std::uint32_t(test::mix(i) | 1), std::uint32_t(test::mix(~i))};
    }
    CHECK(exclusive_scan(t, in.begin(), in.end(), out.begin(), {1, 0}, then));
    Affine all{1, 0};
    for (std::size_t i = 0; i < in.size(); ++i) {
      CHECK(out[i] == all);
      all = then(all, in[i]);
    }
  });
}

void a_cancelled_scan_returns() {
  test::Started scheduler({.threads = 2, .stack_bytes = test::kStackBytes});
  Atomic<bool> cancel{false};
  std::vector<double> in = values(1'000'000), out(in.size());
  bool const is_done = run(*scheduler,
                           [&](KernelContext t) {
                             auto const add = [&](double a, double b) {
                               cancel.store(true, relaxed);
                               return a + b;
                             };
                             return scan(t, in.begin(), in.end(), out.begin(), add);
                           },
                           {.cancel = &cancel});
  CHECK(!is_done && out.back() == 0);
}

}  // namespace

int main() {
  an_inclusive_scan_has_the_documented_bits();
  an_exclusive_scan_has_the_documented_bits();
  integers_give_the_plain_result();
  nothing_needs_to_commute();
  a_cancelled_scan_returns();
}
