// How fast is a product of two matrices beside OpenBLAS, where that is installed?
//
// --size N for N x N matrices, --mode f32 or f64. In alternation; with one worker the time is that
// of the processor, with more that of the wall. Both report how many operations they do in a
// nanosecond.
#include <dlfcn.h>

#include <cmath>
#include <type_traits>
#include <vector>

#include "kernels/array/matmul.h"
#include "support/alternate.h"
#include "support/arguments.h"
#include "support/pool.h"

using namespace heddle::array;
using heddle::KernelContext;

namespace {

template <class T>
using Gemm = void (*)(int order, int left, int right, int rows, int columns, int terms, T alpha,
                      T const* a, int a_stride, T const* b, int b_stride, T beta, T* c,
                      int c_stride);

// OpenBLAS with so many threads, or nothing.
template <class T>
Gemm<T> find_peer(unsigned workers) {
  void* const library = dlopen("libopenblas.so.0", RTLD_NOW);
  if (library == nullptr) return nullptr;
  auto const set_threads = reinterpret_cast<void (*)(int)>(
      dlsym(library, "openblas_set_num_threads"));
  if (set_threads != nullptr) set_threads(int(workers));
  char const* const name = std::is_same_v<T, double> ? "cblas_dgemm" : "cblas_sgemm";
  return reinterpret_cast<Gemm<T>>(dlsym(library, name));
}

template <class T>
struct Matrices {
  explicit Matrices(std::size_t n) : n(n), a(n * n), b(n * n), c(n * n), expected(n * n) {
    for (std::size_t i = 0; i < n * n; ++i) {
      a[i] = T(int(i * 7 % 11) - 5);
      b[i] = T(int(i * 5 % 13) - 6);
    }
  }

  void multiply(KernelContext t) {
    Dtype const dtype = std::is_same_v<T, double> ? Dtype::F64 : Dtype::F32;
    auto const view = [&](std::vector<T>& of) { return View{dtype, {n, n}, of.data()}; };
    bench::require(matmul(t, view(a), view(b), view(c)) == Status::Done, "a product");
  }
  void multiply(Gemm<T> gemm) {
    constexpr int kRowMajor = 101, kAsIs = 111;
    int const side = int(n);
    gemm(kRowMajor, kAsIs, kAsIs, side, side, side, 1, a.data(), side, b.data(), side, 0,
         expected.data(), side);
  }
  double operations() const { return 2 * double(n) * double(n) * double(n); }

  std::size_t n;
  std::vector<T> a, b, c, expected;
};

template <class T>
void compare(KernelContext t, bench::Arguments const& arguments, char const* what) {
  Matrices<T> matrices(std::size_t(arguments.size_or(1024, 100)));
  Gemm<T> const gemm = find_peer<T>(arguments.workers);
  std::vector<std::function<void(long)>> sides{[&](long) { matrices.multiply(t); }};
  if (gemm != nullptr) sides.push_back([&](long) { matrices.multiply(gemm); });
  auto const clock = arguments.workers == 1 ? bench::Clock::Cpu : bench::Clock::Wall;
  auto const taken = bench::alternate(arguments.is_tiny ? 1 : 9, 1, sides, clock);
  bench::Report report(what);
  report.add("workers", arguments.workers).add("heddle", matrices.operations() / taken[0]);
  if (gemm != nullptr) {
    report.add("openblas", matrices.operations() / taken[1]).add("share", taken[1] / taken[0]);
    bench::require(matrices.c == matrices.expected, "a product");  // Whole numbers: exact.
  }
  report.print();
}

}  // namespace

int main(int argc, char** argv) {
  bench::Arguments const arguments = bench::parse_arguments(argc, argv);
  bench::plain_pool(arguments.workers, [&](KernelContext t) {
    if (arguments.mode != "f32") compare<double>(t, arguments, "f64");
    if (arguments.mode != "f64") compare<float>(t, arguments, "f32");
  });
}
