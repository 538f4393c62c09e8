#pragma once
/// \file
/// When a loop looks at the clock, and whether it is long enough to wake somebody.
///
/// Rules, cited by name here and in halving.h:
///   L1  A Pace is used by the fiber that made it only. A half that runs elsewhere makes its own.
///   L2  A step is one index, or what takes at most about kStepNanosecondsMax, going by the last.
///   L3  Nobody is woken for a loop that is not known to take longer than waking him does.

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "base/atomic.h"
#include "base/ticks.h"
#include "heddle/kernel_context.h"
#include "sched/running.h"

namespace heddle::detail {

inline constexpr std::uint64_t kStepNanosecondsMin = 4'000;
inline constexpr std::uint64_t kStepNanosecondsMax = 16'000;
inline constexpr std::uint64_t kWakingNanoseconds = 5'000;

// How many indices a fiber runs between two looks at the clock.
class Pace {
 public:
  explicit Pace(std::size_t first_step)
      : home_(running_tasks), first_step_(first_step), step_(first_step) {}

  bool is_mine() const { return running_tasks == home_; }
  std::size_t step() const { return step_; }
  std::size_t first_step() const { return first_step_; }

  // Before and after each step.
  void begin() {
    if (!is_running_) restart();
  }
  void end(std::size_t count) {
    since_look_ += count;
    if (since_look_ >= step_ / 2) look();
  }

  // Something else has run in the meantime: that time does not count.
  void pause() { is_running_ = false; }

  // True if what was seen takes longer than waking somebody.
  bool has_taken_long() const { return spent_ > ticks_of(kWakingNanoseconds); }

  // An index took less than 2^cost sixteenths of a tick so far. 1 to 63.
  std::uint8_t cost() const {
    std::uint64_t const each = seen_ == 0 ? 0 : 16 * spent_ / seen_;
    return std::uint8_t(std::clamp(int(std::bit_width(each)), 1, 63));
  }

 private:
  void restart() {
    last_ = ticks();
    since_look_ = 0;
    is_running_ = true;
  }

  void look() {
    std::uint64_t const now = ticks();
    std::uint64_t const took = now - last_;
    if (took < ticks_of(kStepNanosecondsMin)) {
      bool const is_far = took < ticks_of(kStepNanosecondsMin / 16);
      if (step_ < kStepMax) step_ *= is_far ? 8 : 2;
    } else if (took > ticks_of(kStepNanosecondsMax) && step_ > 1) {
      step_ /= 2;
    }
    spent_ += took;
    seen_ += since_look_;
    last_ = now;
    since_look_ = 0;
  }

  static constexpr std::size_t kStepMax = std::size_t{1} << 48;

  TaskStack const* const home_;
  std::size_t const first_step_;
  std::size_t step_;
  bool is_running_ = false;
  std::uint64_t last_ = 0;
  std::size_t since_look_ = 0;  // Indices run.
  std::uint64_t spent_ = 0;     // Ticks, up to the last look.
  std::size_t seen_ = 0;        // Indices, up to the last look.
};

// Whether to run the first indices of a loop without a fork, because somebody sleeps whom the fork
// would wake (L3). It may be wrong to: an index that takes long is then waited for by all. So the
// last loop with the same Body is asked how long an index takes. The first one waits for an index
// where that is a small part of the loop.
template <class Body>
class Habit {
 public:
  Habit(KernelContext t, std::size_t count) : is_wanted_(t.is_wanted()) {
    std::uint8_t const cost = cost_.load(relaxed);
    is_quiet_ = is_wanted_ &&
                (cost == 0 ? count > kFew : count < 16 * ticks_of(kWakingNanoseconds) >> cost);
  }

  bool is_quiet() const { return is_quiet_; }

  // After the loop.
  void learn(Pace const& pace) const {
    if (is_wanted_ && cost_.load(relaxed) != pace.cost()) cost_.store(pace.cost(), relaxed);
  }

 private:
  static constexpr std::size_t kFew = 64;
  static constinit inline Atomic<std::uint8_t> cost_{0};  // As in Pace; 0: not known.

  bool const is_wanted_;
  bool is_quiet_;
};

}  // namespace heddle::detail
