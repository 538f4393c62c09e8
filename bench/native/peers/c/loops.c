// The loops of loops.h. LOOPS is the name under which this is compiled.
#include "loops.h"

static void mul(double const* restrict a, double const* restrict b, double* restrict out,
                size_t n) {
  for (size_t i = 0; i < n; ++i) out[i] = a[i] * b[i];
}

static void add(double const* restrict a, double const* restrict b, double* restrict out,
                size_t n) {
  for (size_t i = 0; i < n; ++i) out[i] = a[i] + b[i];
}

static double sum(double const* a, size_t n) {
  double total = 0;
  for (size_t i = 0; i < n; ++i) total += a[i];
  return total;
}

static double dot(double const* a, double const* b, size_t n) {
  double total = 0;
  for (size_t i = 0; i < n; ++i) total += a[i] * b[i];
  return total;
}

struct Loops const LOOPS = {mul, add, sum, dot};
