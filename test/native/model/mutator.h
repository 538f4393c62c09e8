#pragma once
// Makes mutants: the same program with one memory order weaker, or one step left out.
//
// Every operation asks the mutator on its way for the order it really uses. While collecting,
// the mutator notes each place that asks for more than relaxed; later it gives one of them
// less. A mutant is named after the place's file, function and operation and its number among
// their like, and not after its line, so that an edit elsewhere does not rename it:
//
//     lock.h unlock exchange 1 release->relaxed
//     lock.h unlock futex_wake 1 removed

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "model/site.h"

namespace heddle::model {

inline char const* name(std::memory_order order) {
  switch (order) {
    case std::memory_order_relaxed:
      return "relaxed";
    case std::memory_order_consume:
      return "consume";
    case std::memory_order_acquire:
      return "acquire";
    case std::memory_order_release:
      return "release";
    case std::memory_order_acq_rel:
      return "acq_rel";
    case std::memory_order_seq_cst:
      return "seq_cst";
  }
  return "?";
}

struct Mutant {
  std::string key;
  Site site;
  Op op;
  std::memory_order order;  // The weaker one. Without meaning when the step is removed.
};

class Mutator {
 public:
  // The order that the operation is to use. Operations only.
  std::memory_order order(Site const& site, Op op, std::memory_order written) {
    if (collecting_ && written != std::memory_order_relaxed) note(site, op, written);
    return is_hit(site, op) ? active_->order : written;
  }

  // Whether a step that has no order is to be done at all. Operations only.
  bool keeps(Site const& site, Op op) {
    if (collecting_) note(site, op, std::memory_order_relaxed);
    return !is_hit(site, op);
  }

  // Whether the mutant that a program names itself is active; see model::mutant().
  bool is_active(char const* own_name) {
    if (collecting_) note_name(own_name);
    return active_ != nullptr && active_->key == named(own_name);
  }

  void collect(bool on) { collecting_ = on; }

  // From now on that mutant, or with null the program as it is written.
  void activate(Mutant const* mutant) { active_ = mutant; }

  // Every mutant of what has been collected, in the order of the source.
  std::vector<Mutant> mutants() {
    auto in_source = [](Place const& place) {
      return std::make_tuple(std::string_view(place.site.file_name()), place.site.line, place.op);
    };
    std::sort(places_.begin(), places_.end(),
              [&](Place const& a, Place const& b) { return in_source(a) < in_source(b); });
    std::vector<Mutant> mutants;
    for (std::size_t i = 0; i < places_.size(); ++i) {
      Place const& place = places_[i];
      std::string what = std::string(place.site.file_name()) + " " + place.site.function + " " +
                         name(place.op) + " " + std::to_string(number(i)) + " ";
      if (place.order == std::memory_order_relaxed) {
        mutants.push_back({what + "removed", place.site, place.op, place.order});
      }
      for (std::memory_order weaker : weaker_than(place)) {
        std::string change = std::string(name(place.order)) + "->" + name(weaker);
        mutants.push_back({what + change, place.site, place.op, weaker});
      }
    }
    for (std::string const& own : names_) {
      mutants.push_back({own, Site{"", "", 0}, Op::Start, std::memory_order_relaxed});
    }
    return mutants;
  }

  void forget() {
    places_.clear();
    names_.clear();
  }

 private:
  struct Place {
    Site site;
    Op op;
    std::memory_order order;  // Relaxed: the whole step is what can be left out.
  };

  static bool is_same(Site const& a, Site const& b) {
    return a.line == b.line && std::strcmp(a.file, b.file) == 0;
  }

  static std::string named(char const* own_name) { return std::string("named ") + own_name; }

  static std::vector<std::memory_order> weaker_than(Place const& place) {
    bool const loads = place.op == Op::Load || place.op == Op::CompareExchangeFailure;
    bool const stores = place.op == Op::Store;
    switch (place.order) {
      case std::memory_order_relaxed:
        return {};
      case std::memory_order_acq_rel:
        return {std::memory_order_acquire, std::memory_order_release, std::memory_order_relaxed};
      case std::memory_order_seq_cst:
        if (loads) return {std::memory_order_acquire, std::memory_order_relaxed};
        if (stores) return {std::memory_order_release, std::memory_order_relaxed};
        return {std::memory_order_acq_rel, std::memory_order_relaxed};
      default:
        return {std::memory_order_relaxed};
    }
  }

  bool is_hit(Site const& site, Op op) const {
    return active_ != nullptr && active_->op == op && is_same(active_->site, site);
  }

  void note(Site const& site, Op op, std::memory_order order) {
    for (Place const& place : places_) {
      if (place.op == op && is_same(place.site, site)) return;
    }
    places_.push_back({site, op, order});
  }

  void note_name(char const* own_name) {
    std::string key = named(own_name);
    if (std::find(names_.begin(), names_.end(), key) == names_.end()) names_.push_back(key);
  }

  // Which of its like in its function places_[i] is, counting from 1.
  unsigned number(std::size_t i) const {
    unsigned number = 1;
    for (std::size_t k = 0; k < i; ++k) {
      bool const alike = places_[k].op == places_[i].op &&
                         std::strcmp(places_[k].site.file, places_[i].site.file) == 0 &&
                         std::strcmp(places_[k].site.function, places_[i].site.function) == 0;
      if (alike) ++number;
    }
    return number;
  }

  bool collecting_ = false;
  Mutant const* active_ = nullptr;
  std::vector<Place> places_;
  std::vector<std::string> names_;
};

inline Mutator& mutator() {
  static Mutator only;
  return only;
}

// True while the mutant of this name is active: what follows is a mistake made on purpose, a
// step left out or done too early, that the tests must catch. In a program or in its subject.
inline bool mutant(char const* own_name) {
  return mutator().is_active(own_name);
}

}  // namespace heddle::model
