#pragma once
// The choices that make up one execution, and which execution comes after it.
//
// Whenever a program could go on in more ways than one, it asks its Path. The path of a
// search is replayed up to its last choice with an alternative left, takes that one, and goes
// on with the first of everything: depth first, until no choice has an alternative left.

#include <cstdint>
#include <vector>

#include "base/random.h"

namespace heddle::model {

enum class Choose : std::uint8_t {
  Thread,    // Who goes next. 0: the one that runs.
  Value,     // Which store a load sees, or where a store goes. 0: the newest.
  Surprise,  // Whether something rare happens. 0: no.
};

class Path {
 public:
  static Path search() { return Path(Mode::Search, 0); }
  static Path random(std::uint64_t seed) { return Path(Mode::Random, seed); }
  static Path replay(std::vector<std::uint32_t> const& taken) {
    Path path(Mode::Replay, 0);
    for (std::uint32_t choice : taken) path.choices_.push_back({choice, 0});
    return path;
  }

  // From 0 to alternatives - 1.
  std::uint32_t choose(std::uint32_t alternatives, Choose what) {
    if (depth_ == choices_.size()) choices_.push_back({first(alternatives, what), alternatives});
    Choice const& choice = choices_[depth_++];
    if (mode_ == Mode::Search && choice.alternatives != alternatives) diverged_ = true;
    if (choice.taken >= alternatives) diverged_ = true;
    return diverged_ ? 0 : choice.taken;
  }

  // True if a replayed execution was not the one that was recorded: the program depends on
  // something that is none of its choices, such as an address or the time.
  bool has_diverged() const { return diverged_; }

  // Prepares the next execution. False when there is none.
  bool next() {
    choices_.resize(depth_);
    depth_ = 0;
    if (mode_ == Mode::Replay) return false;
    if (mode_ == Mode::Random) {
      choices_.clear();
      return true;
    }
    while (!choices_.empty() && choices_.back().taken + 1 == choices_.back().alternatives) {
      choices_.pop_back();
    }
    if (choices_.empty()) return false;
    ++choices_.back().taken;
    return true;
  }

  // Begins the search anew.
  void restart() {
    choices_.clear();
    depth_ = 0;
  }

  std::vector<std::uint32_t> taken() const {
    std::vector<std::uint32_t> taken;
    for (std::size_t i = 0; i < depth_; ++i) taken.push_back(choices_[i].taken);
    return taken;
  }

 private:
  enum class Mode : std::uint8_t { Search, Random, Replay };

  struct Choice {
    std::uint32_t taken;
    std::uint32_t alternatives;
  };

  Path(Mode mode, std::uint64_t seed) : mode_(mode), random_(seed) {}

  // Random paths mostly do the ordinary, or they would not get far between two surprises.
  std::uint32_t first(std::uint32_t alternatives, Choose what) {
    if (mode_ != Mode::Random || alternatives == 1) return 0;
    constexpr std::uint32_t kOdds[] = {4, 2, 8};
    if (random_.below(kOdds[static_cast<unsigned>(what)]) != 0) return 0;
    return random_.below(alternatives);
  }

  Mode mode_;
  Random random_;
  std::vector<Choice> choices_;
  std::size_t depth_ = 0;
  bool diverged_ = false;
};

}  // namespace heddle::model
