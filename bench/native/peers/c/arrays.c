// C loops over arrays that are always the same, for a process that asks for passes of them.
//
// Usage: arrays COUNT huge|small: of how many doubles, in pages of which size. A request is a line,
// `OPERATION THREADS PASSES`; the answer is one as well: nanoseconds a pass, and a result that the
// other process checks. The threads are OpenMP's, which stay, and have a part each; with
// OMP_WAIT_POLICY=passive they sleep between passes, and leave the processors to others.
#define _GNU_SOURCE
#include <omp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "loops.h"

enum { kHugePage = 2 << 20 };

struct Arrays {
  size_t n;
  double *a, *b, *c, *product, *out;
};

// Does an operation on a part. The results of all parts add up to the whole one's.
typedef double (*Run)(struct Arrays const* arrays, size_t first, size_t n);

static void require(int is_fine, char const* what) {
  if (is_fine) return;
  fprintf(stderr, "arrays: %s\n", what);
  exit(2);
}

static double run_mul_add(struct Arrays const* x, size_t first, size_t n) {
  free_loops.mul(x->a + first, x->b + first, x->product + first, n);
  free_loops.add(x->product + first, x->c + first, x->out + first, n);
  size_t const middle = x->n / 2;
  return middle >= first && middle < first + n ? x->out[middle] : 0;
}

static double run_sum(struct Arrays const* x, size_t first, size_t n) {
  return free_loops.sum(x->a + first, n);
}

static double run_dot(struct Arrays const* x, size_t first, size_t n) {
  return free_loops.dot(x->a + first, x->b + first, n);
}

static double run_strict_sum(struct Arrays const* x, size_t first, size_t n) {
  return strict_loops.sum(x->a + first, n);
}

static double run_strict_dot(struct Arrays const* x, size_t first, size_t n) {
  return strict_loops.dot(x->a + first, x->b + first, n);
}

static struct {
  char const* name;
  Run run;
} const kOperations[] = {
    {"mul_add", run_mul_add},
    {"sum", run_sum},
    {"dot", run_dot},
    {"strict_sum", run_strict_sum},
    {"strict_dot", run_strict_dot},
};

// One pass. Returns the sum of what its parts result in, one for each thread.
static double run_pass(struct Arrays const* arrays, Run run, unsigned threads) {
  double result = 0;
#pragma omp parallel num_threads(threads) reduction(+ : result)
  {
    size_t const i = (size_t)omp_get_thread_num();
    size_t const first = arrays->n * i / threads;
    result += run(arrays, first, arrays->n * (i + 1) / threads - first);
  }
  return result;
}

static double nanoseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return 1e9 * (double)now.tv_sec + (double)now.tv_nsec;
}

static void answer(struct Arrays const* arrays, char const* name, unsigned threads, int passes) {
  Run run = NULL;
  for (size_t i = 0; i < sizeof kOperations / sizeof *kOperations; ++i) {
    if (strcmp(kOperations[i].name, name) == 0) run = kOperations[i].run;
  }
  require(run != NULL, "no such operation");
  require(threads > 0 && passes > 0, "no thread or no pass");
  double result = 0;
  double const start = nanoseconds();
  for (int pass = 0; pass < passes; ++pass) result = run_pass(arrays, run, threads);
  printf("%.1f %.17g\n", (nanoseconds() - start) / passes, result);
  fflush(stdout);
}

static double* make(size_t n, int advice) {
  size_t const bytes = (n * sizeof(double) / kHugePage + 1) * kHugePage;
  double* const data = aligned_alloc(kHugePage, bytes);
  require(data != NULL, "no memory");
  madvise(data, bytes, advice);
  for (size_t i = 0; i < n; ++i) data[i] = 0;
  return data;
}

int main(int argc, char** argv) {
  require(argc == 3, "usage: arrays COUNT huge|small");
  size_t const n = strtoull(argv[1], NULL, 10);
  int const advice = strcmp(argv[2], "huge") == 0 ? MADV_HUGEPAGE : MADV_NOHUGEPAGE;
  struct Arrays const x = {
      n, make(n, advice), make(n, advice), make(n, advice), make(n, advice), make(n, advice)};
  for (size_t i = 0; i < n; ++i) {  // As bench/lib/arrays/sides.mjs makes them.
    x.a[i] = (double)(i % 1021) / 8;
    x.b[i] = (double)(i % 1013) / 16;
    x.c[i] = (double)(i % 1009) / 4;
  }
  char name[32];
  unsigned threads;
  int passes;
  while (scanf("%31s %u %d", name, &threads, &passes) == 3) answer(&x, name, threads, passes);
  return 0;
}
