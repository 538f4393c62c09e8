#pragma once
// For tests of the checker itself: that it passes what is right and fails what is not.

#include <cstdio>
#include <cstdlib>
#include <string>

#include "model/explore.h"

namespace heddle::model {

// The program is right in every execution.
inline void expect_pass(char const* name, Build const& build, Options const& options = {}) {
  explore_or_die(name, build, options);
}

// Some execution of the program fails with a reason that contains `why`, and fails with the
// same reason when it is replayed.
inline void expect_failure(char const* name, char const* why, Build const& build,
                           Options const& options = {}) {
  Outcome const outcome = explore(build, options);
  if (outcome.ok || outcome.why.find(why) == std::string::npos) {
    std::printf("%s: expected '%s', got '%s' after %llu executions\n", name, why,
                outcome.ok ? "no failure" : outcome.why.c_str(),
                static_cast<unsigned long long>(outcome.executions));
    std::exit(1);
  }
  Outcome const again = replay(build, outcome.path, options);
  if (again.why != outcome.why) {
    print_failure(name, build, outcome, options);
    std::exit(1);
  }
  std::printf("%-56s %9llu executions to: %s\n", name,
              static_cast<unsigned long long>(outcome.executions), outcome.why.c_str());
  std::fflush(stdout);
}

}  // namespace heddle::model
