#pragma once
// Loops over arrays as anybody would write them, compiled twice.

#include <stddef.h>

struct Loops {
  void (*mul)(double const* a, double const* b, double* out, size_t n);
  void (*add)(double const* a, double const* b, double* out, size_t n);
  double (*sum)(double const* a, size_t n);
  double (*dot)(double const* a, double const* b, size_t n);
};

// Sums are added in their order, so one after the other.
extern struct Loops const strict_loops;

// With -ffast-math: in any order, so in vectors.
extern struct Loops const free_loops;
