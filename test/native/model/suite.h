#pragma once
// The main() of a model test: explores its programs, then proves that they would have noticed.
//
//   int main(int argc, char** argv) {
//     return model::Suite()
//         .program("an item arrives", an_item_arrives)
//         .program("nobody oversleeps", nobody_oversleeps, {.preemptions = 4})
//         .mutates("inbox.h")
//         .survives("inbox.h take load 1 acquire->relaxed", "only saves a needless exchange")
//         .run(argc, argv);
//   }
//
// First every program is explored as it is written. Then each order stronger than relaxed that
// a thread used on the way is weakened, one at a time; each membarrier, compiler barrier and
// futex_wake left out; and each model::mutant("...") of the programs' own made. At least one
// program must fail for each of these. A mutant that no program can catch is listed with its
// reason; a listed one that is caught, or no longer exists, fails the suite as well.
//
//   --no-mutants       only the programs
//   --program NAME     only that program
//   --mutant KEY       only that mutant: prints how it fails, step by step

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "model/explore.h"
#include "model/mutator.h"

namespace heddle::model {

struct NamedProgram {
  char const* name;
  Build build;
  Options options;
};

// How a mutant fared.
struct Verdict {
  bool killed = false;
  NamedProgram const* by = nullptr;
  Outcome outcome{};  // Of the program that killed it.
};

// Explores the programs with this mutant, until one fails.
inline Verdict try_mutant(Mutant const& mutant, std::vector<NamedProgram> const& programs) {
  Verdict verdict;
  mutator().activate(&mutant);
  for (NamedProgram const& program : programs) {
    verdict.outcome = explore(program.build, program.options);
    verdict.by = &program;
    verdict.killed = !verdict.outcome.ok;
    if (verdict.killed) break;
  }
  mutator().activate(nullptr);
  return verdict;
}

class Suite {
 public:
  Suite& program(char const* name, Build build, Options const& options = {}) {
    programs_.push_back({name, std::move(build), options});
    return *this;
  }

  // Only what stands in the named files is mutated; without this, everything.
  Suite& mutates(char const* file_name) {
    files_.push_back(file_name);
    return *this;
  }

  // No program notices this mutant, and why that is right.
  Suite& survives(char const* key, char const* reason) {
    survivors_.push_back({key, reason});
    return *this;
  }

  // The exit status: 0 if all is as it should be.
  int run(int argc, char** argv) {
    if (!parse(argc, argv)) return 2;
    if (!only_mutant_.empty()) return show(only_mutant_);
    if (!explore_programs()) return 1;
    return with_mutants_ ? judge_mutants() : 0;
  }

  // The parts of run(), for those who look closer.

  // Every mutant of what the programs did. After they have all passed.
  std::vector<Mutant> find_mutants() {
    std::vector<Mutant> all = mutator().mutants();
    std::erase_if(all, [this](Mutant const& mutant) { return !is_wanted(mutant); });
    return all;
  }

  // False, after printing how, if a program fails as it is written.
  bool explore_programs() {
    mutator().forget();
    mutator().collect(true);
    bool const all_pass = std::all_of(programs_.begin(), programs_.end(), passes);
    mutator().collect(false);
    return all_pass;
  }

  // Tries every mutant and prints how each fared. Returns how many did not as was expected.
  int judge_mutants() {
    int surprises = 0;
    std::vector<Mutant> const mutants = find_mutants();
    for (Mutant const& mutant : mutants) {
      Verdict const verdict = try_mutant(mutant, programs_);
      if (!report(mutant, verdict)) ++surprises;
    }
    for (Survivor const& survivor : survivors_) {
      bool const exists = std::any_of(mutants.begin(), mutants.end(),
                                      [&](Mutant const& m) { return m.key == survivor.key; });
      if (exists) continue;
      std::printf("UNKNOWN   %s: listed, but nothing has this name\n", survivor.key);
      ++surprises;
    }
    std::printf("%zu mutants, %zu survivors with a reason, %d surprises\n", mutants.size(),
                survivors_.size(), surprises);
    return surprises == 0 ? 0 : 1;
  }

 private:
  struct Survivor {
    char const* key;
    char const* reason;
  };

  static bool passes(NamedProgram const& program) {
    Outcome const outcome = explore(program.build, program.options);
    if (!outcome.ok) {
      print_failure(program.name, program.build, outcome, program.options);
      return false;
    }
    std::printf("%-64s %9llu executions\n", program.name,
                static_cast<unsigned long long>(outcome.executions));
    std::fflush(stdout);
    return true;
  }

  bool is_wanted(Mutant const& mutant) const {
    if (files_.empty() || mutant.site.line == 0) return true;
    return std::any_of(files_.begin(), files_.end(), [&](char const* file) {
      return std::strcmp(file, mutant.site.file_name()) == 0;
    });
  }

  Survivor const* find_survivor(Mutant const& mutant) const {
    for (Survivor const& survivor : survivors_) {
      if (mutant.key == survivor.key) return &survivor;
    }
    return nullptr;
  }

  // Prints a line. True if the mutant fared as expected.
  bool report(Mutant const& mutant, Verdict const& verdict) const {
    Survivor const* expected = find_survivor(mutant);
    if (verdict.killed) {
      std::printf("%-9s %s\n          by %s, after %llu: %s\n",
                  expected == nullptr ? "killed" : "KILLED", mutant.key.c_str(), verdict.by->name,
                  static_cast<unsigned long long>(verdict.outcome.executions),
                  verdict.outcome.why.c_str());
    } else {
      std::printf("%-9s %s\n          %s\n", expected == nullptr ? "SURVIVED" : "survives",
                  mutant.key.c_str(),
                  expected == nullptr ? "no program notices it" : expected->reason);
    }
    std::fflush(stdout);
    return verdict.killed == (expected == nullptr);
  }

  bool parse(int argc, char** argv) {
    for (int i = 1; i < argc; ++i) {
      std::string_view const argument = argv[i];
      bool const has_value = i + 1 < argc;
      if (argument == "--no-mutants") {
        with_mutants_ = false;
      } else if (argument == "--program" && has_value) {
        keep_only(argv[++i]);
      } else if (argument == "--mutant" && has_value) {
        only_mutant_ = argv[++i];
      } else {
        std::fprintf(stderr, "usage: %s [--no-mutants] [--program NAME] [--mutant KEY]\n", argv[0]);
        return false;
      }
    }
    return true;
  }

  // The mutants then say little: another program may be the one to catch them.
  void keep_only(char const* name) {
    std::erase_if(programs_, [=](auto const& p) { return std::strcmp(p.name, name) != 0; });
    if (programs_.empty()) std::printf("no program is called '%s'\n", name);
    with_mutants_ = false;
  }

  int show(std::string const& key) {
    if (!explore_programs()) return 1;
    for (Mutant const& mutant : find_mutants()) {
      if (mutant.key != key) continue;
      Verdict const verdict = try_mutant(mutant, programs_);
      if (!report(mutant, verdict) || !verdict.killed) return 1;
      mutator().activate(&mutant);
      print_failure(verdict.by->name, verdict.by->build, verdict.outcome, verdict.by->options);
      mutator().activate(nullptr);
      return 0;
    }
    std::printf("no mutant is called '%s'\n", key.c_str());
    return 1;
  }

  std::vector<NamedProgram> programs_;
  std::vector<char const*> files_;
  std::vector<Survivor> survivors_;
  std::string only_mutant_;
#if defined(__SANITIZE_ADDRESS__)
  bool with_mutants_ = false;  // A mutant may use freed memory, and would end the process.
#else
  bool with_mutants_ = true;
#endif
};

}  // namespace heddle::model
