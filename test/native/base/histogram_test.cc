// A histogram's quantiles are those of what was recorded, to an eighth.

#include "base/histogram.h"
#include "base/check.h"

using namespace heddle;

namespace {

void quantiles_are_right_to_an_eighth() {
  Histogram histogram;
  CHECK(histogram.quantile(0.5) == 0 && histogram.count() == 0);
  for (std::uint64_t n = 1; n <= 100'000; ++n) histogram.record(n);
  CHECK(histogram.count() == 100'000 && histogram.max() == 100'000);
  CHECK(histogram.sum() == 100'000ull * 100'001 / 2);
  for (double const part : {0.01, 0.1, 0.5, 0.9, 0.99, 1.0}) {
    double const exact = part * 100'000;
    double const found = double(histogram.quantile(part));
    CHECK(found >= exact * 0.999 && found <= exact * 1.126);
  }
}

void small_numbers_are_exact_and_large_ones_fit() {
  Histogram histogram;
  for (std::uint64_t n = 0; n < 8; ++n) {
    histogram.reset();
    histogram.record(n);
    CHECK(histogram.quantile(1) == n);
  }
  histogram.record(~std::uint64_t{0});
  CHECK(histogram.quantile(1) == ~std::uint64_t{0} && histogram.count() == 2);
}

}  // namespace

int main() {
  quantiles_are_right_to_an_eighth();
  small_numbers_are_exact_and_large_ones_fit();
}
