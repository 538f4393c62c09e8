#pragma once
// The main() of a program that walks one of the two trees: --mode t1 or --mode t3.

#include "problems/uts.h"
#include "support/program.h"

namespace bench {

template <class Pool, class Solve>
int solve_uts(int argc, char** argv, char const* by, Pool pool, Solve solve) {
  if (parse_arguments(argc, argv).mode == "t3") {
    return solve_problem<Uts<UtsTree::T3>>(argc, argv, by, pool, solve);
  }
  return solve_problem<Uts<UtsTree::T1>>(argc, argv, by, pool, solve);
}

}  // namespace bench
