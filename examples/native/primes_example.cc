// The C++ front in one program: a tree of forks, a loop, a reduction, a sort, and a lock for
// fibers.
//
// It needs no Node. `npm test` builds and runs it; in a project of your own, link heddle_core and
// include <heddle/...>.

#include <heddle/kernel_context.h>
#include <heddle/parallel_for.h>
#include <heddle/reduce.h>
#include <heddle/scheduler.h>
#include <heddle/sort.h>
#include <heddle/sync.h>

#include <cstdint>
#include <cstdio>
#include <thread>
#include <vector>

using heddle::KernelContext;

static bool is_prime(std::uint64_t n) {
  if (n < 2) return false;
  for (std::uint64_t d = 2; d * d <= n; ++d) {
    if (n % d == 0) return false;
  }
  return true;
}

// Forked and joined: what may run elsewhere is named, with its arguments.
static std::uint64_t count_primes(KernelContext t, std::uint64_t first, std::uint64_t last) {
  if (last - first < 64) {
    std::uint64_t count = 0;
    for (std::uint64_t n = first; n < last; ++n) count += is_prime(n) ? 1 : 0;
    return count;
  }
  std::uint64_t const middle = first + (last - first) / 2;
  t.fork<count_primes>(first, middle);
  std::uint64_t const upper = count_primes(t, middle, last);
  return t.join<count_primes>() + upper;
}

int main() {
  auto started = heddle::Scheduler::start({.threads = std::thread::hardware_concurrency()});
  if (!started.ok()) {
    std::fprintf(stderr, "no scheduler: errno %d\n", int(started.error()));
    return 1;
  }
  heddle::Scheduler& scheduler = *started.value();
  constexpr std::size_t kNumbers = 100'000;
  bool const agree = heddle::run(scheduler, [](KernelContext t) {
    std::uint64_t const forked = count_primes(t, 0, kNumbers);

    std::vector<std::uint64_t> primes;
    heddle::Mutex mutex;  // A fiber that waits for it lets others use its thread.
    heddle::parallel_for(t, 0, kNumbers, [&](std::size_t n) {
      if (!is_prime(n)) return;
      mutex.lock();
      primes.push_back(n);
      mutex.unlock();
    });
    heddle::sort(t, primes.data(), primes.data() + primes.size());

    auto const one = [](std::size_t n) { return std::uint64_t(is_prime(n) ? 1 : 0); };
    auto const add = [](std::uint64_t a, std::uint64_t b) { return a + b; };
    std::uint64_t const reduced = heddle::reduce(t, 0, kNumbers, std::uint64_t{0}, one, add);

    std::printf("%llu primes below %zu, the last is %llu\n", (unsigned long long)forked, kNumbers,
                (unsigned long long)primes.back());
    return forked == primes.size() && forked == reduced;
  });
  scheduler.stop();
  return agree ? 0 : 1;
}
