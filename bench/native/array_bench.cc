// How fast are operations on large arrays beside C loops that are compiled for this processor?
//
// --mode mul_add, multiply_add, sum, dot, sort or functions; each in turn without it. In
// alternation, on the same memory, which is used again and again. With one worker the time is that
// of the processor; with more it is that of the wall, and the loops are run by as many bare
// threads.
#include "problems/arrays.h"

#include <algorithm>
#include <cmath>
#include <thread>
#include <vector>

#include "kernels/array/elementwise.h"
#include "kernels/array/reduce.h"
#include "kernels/array/sort.h"
#include "support/alternate.h"
#include "support/arguments.h"
#include "support/pool.h"

using namespace heddle::array;
using heddle::KernelContext;

namespace {

struct Arrays {
  explicit Arrays(std::size_t n) : n(n), a(n), b(n), c(n), product(n), out(n), expected(n) {
    for (std::size_t i = 0; i < n; ++i) {
      std::uint64_t const random = (i + 1) * 0x9e3779b97f4a7c15u;
      a[i] = double(random >> 11) * 0x1p-53;
      b[i] = double(random * random >> 11) * 0x1p-53;
      c[i] = double(i) / double(n);
    }
  }

  View view(std::vector<double>& of) { return {Dtype::F64, {n}, of.data()}; }

  std::size_t n;
  std::vector<double> a, b, c, product, out, expected;
};

void must(Status status) {
  bench::require(status == Status::Done, "an operation");
}
void must_be_close(double a, double b) {
  bench::require(std::fabs(a - b) <= 1e-9 * std::fabs(b), "a reduction");
}

// Bare threads, each with its part of the indices.
template <class Body>
void on_threads(unsigned count, std::size_t n, Body const& body) {
  std::vector<std::thread> threads;
  for (unsigned i = 1; i < count; ++i) {
    threads.emplace_back([&, i] { body(i, n * i / count, n * (i + 1) / count); });
  }
  body(0u, std::size_t{0}, n / count);
  for (std::thread& thread : threads) thread.join();
}

class Comparison {
 public:
  Comparison(KernelContext t, bench::Arguments const& arguments)
      : t_(t),
        workers_(arguments.workers),
        turns_(arguments.is_tiny ? 1 : 15),
        arrays_(std::size_t(arguments.size_or(10'000'000, 20'000))) {}

  void mul_add() {
    Arrays& x = arrays_;
    report(
        "mul_add",
        [&](unsigned, std::size_t first, std::size_t last) {
          std::size_t const n = last - first;
          loops_.mul(&x.a[first], &x.b[first], &x.product[first], n);
          loops_.add(&x.product[first], &x.c[first], &x.expected[first], n);
        },
        [&] {
          must(binary(t_, BinaryOp::Mul, x.view(x.a), x.view(x.b), x.view(x.product)));
          must(binary(t_, BinaryOp::Add, x.view(x.product), x.view(x.c), x.view(x.out)));
        });
    bench::require(x.out == x.expected, "mul_add");
  }

  // Beside the same two loops.
  void multiply_add() {
    Arrays& x = arrays_;
    report(
        "multiply_add",
        [&](unsigned, std::size_t first, std::size_t last) {
          std::size_t const n = last - first;
          loops_.mul(&x.a[first], &x.b[first], &x.product[first], n);
          loops_.add(&x.product[first], &x.c[first], &x.expected[first], n);
        },
        [&] {
          must(heddle::array::multiply_add(t_, x.view(x.a), x.view(x.b), x.view(x.c),
                                           x.view(x.out)));
        });
    bench::require(x.out == x.expected, "multiply_add");
  }

  void sum() {
    Arrays& x = arrays_;
    report(
        "sum",
        [&](unsigned part, std::size_t first, std::size_t last) {
          x.expected[part] = loops_.sum(&x.a[first], last - first);
        },
        [&] { must(heddle::array::reduce(t_, ReduceOp::Sum, x.view(x.a), x.out[0])); });
    check_sum();
  }

  void dot() {
    Arrays& x = arrays_;
    report(
        "dot",
        [&](unsigned part, std::size_t first, std::size_t last) {
          x.expected[part] = loops_.dot(&x.a[first], &x.b[first], last - first);
        },
        [&] { must(heddle::array::dot(t_, x.view(x.a), x.view(x.b), x.out[0])); });
    check_sum();
  }

  // Beside <cmath>, called for each element.
  void functions() {
    map<std::exp>("exp", UnaryOp::Exp);
    map<std::log>("log", UnaryOp::Log);
    map<std::sin>("sin", UnaryOp::Sin);
    map<std::tan>("tan", UnaryOp::Tan);
    map<std::tanh>("tanh", UnaryOp::Tanh);
  }

  // Beside std::sort, by one thread.
  void sort() {
    Arrays& x = arrays_;
    auto const peer = [&](long) {
      x.expected = x.a;
      std::sort(x.expected.begin(), x.expected.end());
    };
    auto const ours = [&](long) { must(heddle::array::sort(t_, x.view(x.a), x.view(x.out))); };
    auto const taken = bench::alternate(std::min(turns_, 3), 1, {peer, ours}, clock());
    bench::Report("sort").add("peer", taken[0]).add("heddle", taken[1]).print();
    bench::require(x.out == x.expected, "sort");
  }

 private:
  bench::Clock clock() const { return workers_ == 1 ? bench::Clock::Cpu : bench::Clock::Wall; }

  template <class Peer, class Ours>
  void report(char const* what, Peer const& peer, Ours const& ours) {
    auto const taken = bench::alternate(turns_, 1,
                                        {[&](long) { on_threads(workers_, arrays_.n, peer); },
                                         [&](long) { ours(); }},
                                        clock());
    bench::Report(what)
        .add("workers", workers_)
        .add("peer", taken[0])
        .add("heddle", taken[1])
        .add("share", taken[0] / taken[1])
        .print();
  }

  template <double (*function)(double)>
  void map(char const* what, UnaryOp op) {
    Arrays& x = arrays_;
    report(
        what,
        [&](unsigned, std::size_t first, std::size_t last) {
          for (std::size_t i = first; i < last; ++i) x.expected[i] = function(x.a[i]);
        },
        [&] { must(unary(t_, op, x.view(x.a), x.view(x.out))); });
    for (std::size_t i = 0; i < x.n; i += 101) must_be_close(x.out[i], x.expected[i]);
  }

  void check_sum() {
    double expected = 0;
    for (unsigned part = 0; part < workers_; ++part) expected += arrays_.expected[part];
    must_be_close(arrays_.out[0], expected);
  }

  KernelContext t_;
  unsigned const workers_;
  int const turns_;
  Arrays arrays_;
  bench::ArrayLoops const& loops_ = bench::native_array_loops();
};

}  // namespace

int main(int argc, char** argv) {
  bench::Arguments const arguments = bench::parse_arguments(argc, argv);
  bench::plain_pool(arguments.workers, [&](KernelContext t) {
    Comparison comparison(t, arguments);
    auto const is_wanted = [&](char const* mode) {
      return arguments.mode.empty() || arguments.mode == mode;
    };
    if (is_wanted("mul_add")) comparison.mul_add();
    if (is_wanted("multiply_add")) comparison.multiply_add();
    if (is_wanted("sum")) comparison.sum();
    if (is_wanted("dot")) comparison.dot();
    if (is_wanted("sort")) comparison.sort();
    if (is_wanted("functions")) comparison.functions();
  });
}
