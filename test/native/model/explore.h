#pragma once
// Runs a small concurrent program in every way it can run, or in many random ways.
//
//   void an_item_arrives(model::Program& program) {
//     auto* s = program.make<Shared>();
//     program.thread("producer", [=] { ... });
//     program.thread("consumer", [=] { ... });
//     program.finally([=] { model::require(s->arrived, "an item was lost"); });
//   }
//
//   model::Outcome outcome = model::explore(an_item_arrives, {.preemptions = 2});
//
// README.md has what is covered, and what is not.

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "model/crash.h"
#include "model/execution.h"
#include "model/futex.h"
#include "model/plain.h"

namespace heddle::model {

using Build = std::function<void(Program&)>;

struct Outcome {
  bool ok = true;
  std::string why;                   // Of the first failure.
  std::vector<std::uint32_t> path;   // To it, for replay().
  std::uint64_t executions = 0;      // Until then, or in all.
  std::vector<std::string> trace{};  // A line a step. Of a replay only.
};

namespace detail {

// Failed executions, with the stacks and objects that their threads left behind. Never
// destroyed, not even at exit.
inline std::vector<std::unique_ptr<Execution>>& graveyard() {
  static auto& graves = *new std::vector<std::unique_ptr<Execution>>;
  return graves;
}

// Runs once along `path` and says why it failed.
inline std::string execute(Build const& build, Options const& options, Path& path, Sharing& sharing,
                           std::vector<std::string>* trace) {
  static ViewPool views;
  views.take_all_back();
  auto execution = std::make_unique<Execution>(options, path, sharing, views, trace);
  CrashGuard const guard;
  std::string why = execution->run(build);
  if (!why.empty()) graveyard().push_back(std::move(execution));
  return why;
}

inline Outcome explore(Build const& build, Options const& options, Path path,
                       std::uint64_t executions_max) {
  Outcome outcome;
  Sharing sharing;
  while (true) {
    outcome.why = execute(build, options, path, sharing, nullptr);
    ++outcome.executions;
    outcome.ok = outcome.why.empty();
    if (!outcome.ok) break;
    if (outcome.executions == executions_max) break;
    if (sharing.has_learned()) {
      path.restart();
    } else if (!path.next()) {
      return outcome;
    }
  }
  outcome.path = path.taken();
  return outcome;
}

}  // namespace detail

// Tries every execution within the bounds, and stops at the first that fails.
inline Outcome explore(Build const& build, Options const& options = {}) {
  Outcome outcome = detail::explore(build, options, Path::search(), options.executions_max);
  if (outcome.ok && outcome.executions == options.executions_max) {
    outcome.ok = false;
    outcome.why = "not exhausted within executions_max: make the program smaller";
  }
  return outcome;
}

// Tries that many random executions, always the same for a seed: for programs that are too
// large to be exhausted.
inline Outcome explore_random(Build const& build, std::uint64_t seed, std::uint64_t executions,
                              Options options = {}) {
  options.preemptions = options.steps_max;  // Chance is the bound.
  return detail::explore(build, options, Path::random(seed), executions);
}

// Runs the execution that failed once more, and traces it.
inline Outcome replay(Build const& build, std::vector<std::uint32_t> const& taken,
                      Options const& options = {}) {
  Outcome outcome;
  Path path = Path::replay(taken);
  Sharing sharing;
  sharing.trust_nothing();
  outcome.why = detail::execute(build, options, path, sharing, &outcome.trace);
  outcome.ok = outcome.why.empty();
  outcome.path = taken;
  outcome.executions = 1;
  return outcome;
}

// Prints what happened on the way to a failure. Uses the options of the search.
inline void print_failure(char const* name, Build const& build, Outcome const& failure,
                          Options const& options = {}) {
  std::printf("%s: FAILED after %llu executions\n", name,
              static_cast<unsigned long long>(failure.executions));
  Outcome const again = replay(build, failure.path, options);
  for (std::string const& line : again.trace) std::printf("  %s\n", line.c_str());
  std::printf("%s\n", failure.why.c_str());
  if (again.why != failure.why) std::printf("but the replay says: %s\n", again.why.c_str());
  std::fflush(stdout);
}

// Explores, prints how many executions it took, and ends the process at a failure.
inline void explore_or_die(char const* name, Build const& build, Options const& options = {}) {
  Outcome const outcome = explore(build, options);
  if (!outcome.ok) {
    print_failure(name, build, outcome, options);
    std::exit(1);
  }
  std::printf("%-56s %9llu executions\n", name,
              static_cast<unsigned long long>(outcome.executions));
  std::fflush(stdout);
}

}  // namespace heddle::model
