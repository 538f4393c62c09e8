#pragma once
// Which locations matter to more than one thread, as learned over all executions so far.
//
// An operation on a location that one thread alone ever touches, or that nobody ever writes,
// commutes with whatever the others do: nobody need be given the chance to go before it. That
// makes a search shorter by orders of magnitude and loses no behaviour. But it must be learned:
// when a location turns out to be shared, all that was explored before is void, and the
// search begins again.

#include <cstdint>
#include <vector>

namespace heddle::model {

enum class Touch : std::uint8_t { Read, Write };

class Sharing {
 public:
  // Stands for the order of compiler barriers and membarrier() among the threads.
  static constexpr std::uint32_t kBarriers = 0;
  static constexpr std::uint32_t kFirstLocation = 1;
  static constexpr std::uint32_t kEverything = ~0u;  // Matters to all, always.

  // Takes every location for shared, so that no path is lost on it: for replays.
  void trust_nothing() { trusting_ = false; }

  // Locations made while the threads run have no lasting number: they count as shared.
  void begin(std::uint32_t locations) { locations_ = locations; }

  // Notes that a thread touches a location. True if another thread could notice.
  bool touch(std::uint32_t location, std::uint32_t thread, Touch touch) {
    if (!trusting_ || location >= locations_) return true;
    if (location >= uses_.size()) uses_.resize(location + 1);
    Use& use = uses_[location];
    bool const before = use.is_shared && use.is_written;
    if (use.thread == 0) use.thread = thread;
    if (use.thread != thread) use.is_shared = true;
    if (touch == Touch::Write) use.is_written = true;
    bool const now = use.is_shared && use.is_written;
    if (now != before) learned_ = true;
    return now;
  }

  // True if something was learned since the last call: begin again.
  bool has_learned() {
    bool const learned = learned_;
    learned_ = false;
    return learned;
  }

 private:
  struct Use {
    std::uint32_t thread = 0;  // The first to touch it; threads count from 1.
    bool is_shared = false;
    bool is_written = false;
  };

  std::vector<Use> uses_;
  std::uint32_t locations_ = 0;
  bool trusting_ = true;
  bool learned_ = false;
};

}  // namespace heddle::model
