#pragma once
// Where OpenMP's tasks may be made: one thread of a team of so many, while the others wait for
// tasks.

#include <omp.h>

namespace bench {

#ifdef __clang__
inline constexpr char const* kOpenMp = "OpenMP, clang";
#else
inline constexpr char const* kOpenMp = "OpenMP, gcc";
#endif

// See support/program.h.
template <class Body>
void openmp_pool(unsigned workers, Body const& body) {
#pragma omp parallel num_threads(int(workers))
#pragma omp single
  body();
}

}  // namespace bench
