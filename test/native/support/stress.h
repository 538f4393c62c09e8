#pragma once
// The main() of a stress test: seeds printed before they run, replay, depth, and a watchdog.
//
//   int main(int argc, char** argv) { return test::run_seeds(argc, argv, 5, stress); }
//
//   --seed N     only that seed: what a failed run has printed last
//   --deep       many more seeds, each of them longer: for a night, not for every commit

#include <cinttypes>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <random>
#include <string_view>

#include "support/watchdog.h"

namespace heddle::test {

// One run of a stress test.
struct Stress {
  std::uint64_t seed;
  bool is_deep;
  Watchdog& watchdog;

  // How many of something this run should do, where an ordinary run does `n`.
  std::uint64_t scaled(std::uint64_t n) const { return is_deep ? n * 20 : n; }

  // Says that something has happened. Any thread.
  void progress() const { watchdog.progress(); }
};

struct StressArguments {
  std::optional<std::uint64_t> seed;
  bool is_deep = false;
};

inline StressArguments parse_stress_arguments(int argc, char** argv) {
  StressArguments arguments;
  for (int i = 1; i < argc; ++i) {
    std::string_view const argument = argv[i];
    if (argument == "--deep") {
      arguments.is_deep = true;
    } else if (argument == "--seed" && i + 1 < argc) {
      arguments.seed = std::strtoull(argv[++i], nullptr, 10);
    } else {
      std::fprintf(stderr, "usage: %s [--seed N] [--deep]\n", argv[0]);
      std::exit(2);
    }
  }
  return arguments;
}

// Calls body(Stress) for `count` fresh seeds, or for the one that was given.
template <class Body>
int run_seeds(int argc, char** argv, unsigned count, Body body) {
  StressArguments const arguments = parse_stress_arguments(argc, argv);
  std::uint64_t const first = arguments.seed.value_or(std::random_device{}());
  if (arguments.is_deep) count *= 20;
  if (arguments.seed) count = 1;
  Watchdog watchdog;
  for (unsigned i = 0; i < count; ++i) {
    std::uint64_t const seed = first + i;
    std::printf("--seed %" PRIu64 "%s\n", seed, arguments.is_deep ? " --deep" : "");
    std::fflush(stdout);
    watchdog.progress();
    body(Stress{seed, arguments.is_deep, watchdog});
  }
  return 0;
}

}  // namespace heddle::test
