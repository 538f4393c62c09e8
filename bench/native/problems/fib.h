#pragma once
// Fibonacci numbers without a cut-off: nothing but calls, so what a fork and a join cost shows.

#include <cstdint>

namespace bench {

[[gnu::noinline, gnu::aligned(64)]] inline long fib(int n) {
  if (n < 2) return n;
  asm("" : "+r"(n));  // Else the registers are saved before the test, and not so with a fork.
  long const b = fib(n - 2);
  return fib(n - 1) + b;
}

struct Fib {
  using Result = long;
  static constexpr char const* kName = "fib";
  static constexpr long kFull = 40;
  static constexpr long kTiny = 20;

  explicit Fib(long size) : n(int(size)) {}
  Result solve() const { return fib(n); }
  bool is_right(Result result) const { return result == number(n); }

  // Forks: calls that call.
  std::uint64_t units() const { return std::uint64_t(number(n + 1) - 1); }

  static long number(int n) {
    long a = 0, b = 1;
    for (int i = 0; i < n; ++i) {
      long const c = a + b;
      a = b;
      b = c;
    }
    return a;
  }

  int n;
};

}  // namespace bench
