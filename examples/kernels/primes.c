// Kernels in C: a loop over all workers, and a tree of forks.
//
//   cc -O2 -fPIC -shared -I node_modules/heddle/native/include primes.c -o primes.so

#include <errno.h>
#include <heddle/kernel.h>

static int is_prime(size_t n) {
  if (n < 2) return 0;
  for (size_t d = 2; d * d <= n; ++d) {
    if (n % d == 0) return 0;
  }
  return 1;
}

static void mark_part(heddle_task* t, size_t begin, size_t end, void* argument) {
  unsigned char* const marks = argument;
  (void)t;
  for (size_t n = begin; n < end; ++n) marks[n] = (unsigned char)is_prime(n);
}

// mark_primes(marks): marks[n] is 1 where n is a prime, else 0.
static int mark_primes(heddle_task* t, heddle_call* call) {
  if (call->array_count != 1) return EINVAL;
  heddle_array const marks = call->arrays[0];
  return heddle_parallel_for(t, 0, marks.bytes, mark_part, marks.data);
}

struct count {
  size_t begin;
  size_t end;
  size_t primes;
};

// Forks one half, and does the other itself.
static void count_part(heddle_task* t, void* argument) {
  struct count* const self = argument;
  if (self->end - self->begin < 256) {
    for (size_t n = self->begin; n < self->end; ++n) self->primes += (size_t)is_prime(n);
    return;
  }
  size_t const middle = self->begin + (self->end - self->begin) / 2;
  struct count lower = {self->begin, middle, 0};
  struct count upper = {middle, self->end, 0};
  heddle_fork(t, count_part, &lower);
  count_part(t, &upper);
  heddle_join(t);
  self->primes = lower.primes + upper.primes;
}

// count_primes(end): how many there are below.
static int count_primes(heddle_task* t, heddle_call* call) {
  if (call->number_count != 1 || !(call->numbers[0] >= 0)) return EINVAL;
  struct count all = {0, (size_t)call->numbers[0], 0};
  count_part(t, &all);
  call->result = (double)all.primes;
  return heddle_is_cancelled(t) ? ECANCELED : 0;
}

HEDDLE_KERNELS(HEDDLE_KERNEL(mark_primes), HEDDLE_KERNEL(count_primes))
