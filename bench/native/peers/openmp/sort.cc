// How long does a sort take with OpenMP? gcc's own parallel mode; a merge sort of tasks with clang,
// whose library has none.
#include "problems/sort.h"

#include <algorithm>

#ifndef __clang__
#include <parallel/algorithm>
#endif

#include "peers/openmp/pool.h"
#include "support/program.h"

using namespace bench;

#ifdef __clang__

using Iterator = std::vector<std::uint32_t>::iterator;

static constexpr std::ptrdiff_t kLeaf = 16'384;

// Sorts [first, last) in place, or into `spare`, which is as long.
static void fork_sort(Iterator first, Iterator last, Iterator spare, bool into_spare) {
  std::ptrdiff_t const count = last - first;
  if (count <= kLeaf) {
    std::sort(first, last);
    if (into_spare) std::copy(first, last, spare);
    return;
  }
  Iterator const middle = first + count / 2;
  Iterator const spare_middle = spare + count / 2;
#pragma omp task firstprivate(first, middle, spare, into_spare)
  fork_sort(first, middle, spare, !into_spare);
  fork_sort(middle, last, spare_middle, !into_spare);
#pragma omp taskwait
  if (into_spare) {
    std::merge(first, middle, middle, last, spare);
  } else {
    std::merge(spare, spare_middle, spare_middle, spare + count, first);
  }
}

int main(int argc, char** argv) {
  auto const pool = [](unsigned workers, auto const& body) { openmp_pool(workers, body); };
  return solve_problem<Sort>(argc, argv, kOpenMp, pool, [](Sort& problem) {
    std::vector<std::uint32_t> spare(problem.numbers.size());
    fork_sort(problem.numbers.begin(), problem.numbers.end(), spare.begin(), false);
    return true;
  });
}

#else

int main(int argc, char** argv) {
  auto const pool = [](unsigned workers, auto const& body) {
    omp_set_num_threads(int(workers));  // It makes its own team.
    body();
  };
  return solve_problem<Sort>(argc, argv, kOpenMp, pool, [](Sort& problem) {
    auto const method = __gnu_parallel::balanced_quicksort_tag();
    __gnu_parallel::sort(problem.numbers.begin(), problem.numbers.end(), method);
    return true;
  });
}

#endif
