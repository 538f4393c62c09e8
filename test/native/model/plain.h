#pragma once
// Memory that threads hand to one another without atomics, with its data races found.
//
// Two accesses, at least one of them a write, that do not happen one before the other are a
// race and fail the execution, whichever came first this time.

#include <string>
#include <utility>
#include <vector>

#include "model/execution.h"

namespace heddle::model {

template <class T>
class Plain {
 public:
  Plain() : Plain(T{}) {}
  Plain(T initial) : value_(std::move(initial)) {
    if (Execution* run = Execution::current()) written_ = note(*run);
  }
  Plain(Plain const&) = delete;

  T read(Site site = Site::here()) const {
    if (Execution* run = begin(site, "data race: read of unpublished memory")) {
      reads_.push_back(note(*run));
    }
    return value_;
  }

  void write(T value, Site site = Site::here()) {
    if (Execution* run = begin(site, "data race: two writes")) {
      for (Access const& read : reads_) {
        if (!happened(*run, read)) run->fail("data race: write under a reader");
      }
      reads_.clear();
      written_ = note(*run);
    }
    value_ = std::move(value);
  }

  // So that product code can use it like a T; see heddle::Plain.
  operator T() const { return read(Site{"", "", 0}); }
  Plain& operator=(T value) {
    write(std::move(value), Site{"", "", 0});
    return *this;
  }

 private:
  // An access is known by its thread and by how many came before it there.
  struct Access {
    std::uint32_t thread = 0;
    Stamp number = 0;
  };

  static bool happened(Execution& run, Access const& access) {
    return run.self().view.happened.at(access.thread) >= access.number;
  }

  static Access note(Execution& run) {
    Thread& self = run.self();
    Access const access{self.index, ++self.plain_accesses};
    self.view.happened.raise(access.thread, access.number);
    return access;
  }

  // Fails for `race` unless the last write happened before. Null outside of any program.
  Execution* begin(Site const& site, char const* race) const {
    Execution* run = Execution::current();
    if (run == nullptr) return nullptr;
    if (run->is_exploring()) run->count_step(site, Op::Plain);
    if (run->is_tracing()) run->note("");
    if (!happened(*run, written_)) run->fail(race);
    return run;
  }

  T value_;
  Access written_;
  mutable std::vector<Access> reads_;  // Since the last write.
};

}  // namespace heddle::model
