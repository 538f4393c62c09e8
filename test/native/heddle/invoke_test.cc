// Unit: invoke calls each callable once and returns what they return, in their order.

#include "heddle/invoke.h"

#include <string>
#include <vector>

#include "heddle/harness.h"

using namespace heddle;

namespace {

long fib(KernelContext t, int n) {
  if (n < 2) return n;
  auto const [a, b] = invoke(
      t, [n](KernelContext t) { return fib(t, n - 1); },
      [n](KernelContext t) { return fib(t, n - 2); });
  return a + b;
}

void a_tree_of_pairs_gives_the_plain_result() {
  test::on_workers([](KernelContext t) { CHECK(fib(t, 20) == 6765); });
}

void results_come_in_the_order_of_the_callables() {
  test::on_workers([](KernelContext t) {
    auto const [a, b, c, d] = invoke(
        t, [] { return 1; }, [](KernelContext) { return 2.5; }, [] { return 'c'; },
        [](KernelContext) { return true; });
    static_assert(std::is_same_v<decltype(b), double const>);
    CHECK(a == 1 && b == 2.5 && c == 'c' && d);
  });
}

void callables_without_results_give_none() {
  test::on_workers([](KernelContext t) {
    int ran[3] = {};
    invoke(
        t, [&] { ++ran[0]; }, [&](KernelContext) { ++ran[1]; }, [&] { ++ran[2]; });
    CHECK(ran[0] == 1 && ran[1] == 1 && ran[2] == 1);
    auto const mixed = invoke(
        t, [&] { ++ran[0]; }, [] { return 7; });
    static_assert(std::is_same_v<decltype(mixed), std::tuple<std::monostate, int> const>);
    CHECK(std::get<1>(mixed) == 7 && ran[0] == 2);
  });
}

void results_may_be_of_any_type_that_moves() {
  struct Large {
    std::uint64_t words[20];
  };
  test::on_workers([](KernelContext t) {
    auto const [text, large, vector] = invoke(
        t, [] { return std::string(100, 'x'); },
        [] {
          Large large{};
          large.words[19] = 42;
          return large;
        },
        [] { return std::vector<int>(1000, 3); });
    CHECK(text == std::string(100, 'x') && large.words[19] == 42 && vector.size() == 1000);
  });
}

void a_reference_is_returned_as_a_copy() {
  test::on_workers([](KernelContext t) {
    int value = 5;
    auto const [a, b] = invoke(
        t, [&]() -> int& { return value; }, [&]() -> int const& { return value; });
    value = 6;
    CHECK(a == 5 && b == 5);
  });
}

void one_callable_is_a_call() {
  test::on_workers([](KernelContext t) {
    CHECK(std::get<0>(invoke(t, [] { return 9; })) == 9);
    int ran = 0;
    invoke(t, [&] { ++ran; });
    CHECK(ran == 1);
  });
}

void callables_are_taken_by_reference() {
  struct Counter {
    int calls = 0;
    Counter() = default;
    Counter(Counter const&) = delete;
    void operator()() { ++calls; }
  };
  test::on_workers([](KernelContext t) {
    Counter a, b;
    invoke(t, a, b);
    CHECK(a.calls == 1 && b.calls == 1);
  });
}

}  // namespace

int main() {
  a_tree_of_pairs_gives_the_plain_result();
  results_come_in_the_order_of_the_callables();
  callables_without_results_give_none();
  results_may_be_of_any_type_that_moves();
  a_reference_is_returned_as_a_copy();
  one_callable_is_a_call();
  callables_are_taken_by_reference();
}
