#pragma once
/// \file
/// The engine of the parallel loops: halves that wait to be stolen, and steps that adapt.
///
/// Lazy binary splitting (Tzannes, Caragea, Barua and Vishkin, 2010) asks between two steps if a
/// thief is hungry, and forks then. Here a fork that nobody meets is nearly free, so a loop forks
/// its upper half *before* it runs the lower one, and so on down to a single step:
///
///     [ step |half| half  |     half      |             half              ]
///      runs   private children: the largest is the oldest, and is stolen first
///
/// So there is something to steal while a step runs, however long it takes. Halves that nobody took
/// are taken back from the left to the right, each as large as all before it: that is also how fast
/// the step may grow. Steps follow the rules of pace.h.

#include <cstddef>
#include <cstdint>

#include "heddle/kernel_context.h"
#include "heddle/pace.h"
#include "heddle/range.h"

namespace heddle::detail {

enum class Outcome : std::uint8_t {
  TakenBack,  // Nobody took it: it is the forker's to run, without a frame on top of its own.
  Done,
  Cancelled,
};

// Step: step(t, box) runs every index of a box.
template <class Step, class Box>
class Halving {
 public:
  // Runs the box, with halves of it for whoever wants one. False: cancelled.
  static bool run(KernelContext t, Step& step, Pace& pace, Box box) {
    while (true) {
      if (t.is_cancelled()) return false;
      std::size_t const count = cells(box);
      if (count <= pace.step()) {
        run_step(t, step, pace, box, count);
        return true;
      }
      Half upper{step, pace, cut_half(box, count)};
      t.fork<&run_half>(&upper);
      bool const lower_done = run(t, step, pace, box);
      Outcome const outcome = t.join<&run_half>();
      if (outcome != Outcome::TakenBack) {
        pace.pause();
        return lower_done && outcome == Outcome::Done;
      }
      if (!lower_done) return false;
      box = upper.box;
    }
  }

  // Runs a box of `count` indices without a fork.
  static void run_step(KernelContext t, Step& step, Pace& pace, Box const& box, std::size_t count) {
    pace.begin();
    step(t, box);
    pace.end(count);
    t.give_way();
  }

  // A forked half, in the frame that joins it.
  struct Half {
    Step& step;
    Pace& pace;
    Box box;
  };
  static Outcome run_half(KernelContext t, Half* half) {
    if (half->pace.is_mine()) return Outcome::TakenBack;
    Pace pace(half->pace.first_step());  // L1. Small again: here the loop may be heavy.
    return run(t, half->step, pace, half->box) ? Outcome::Done : Outcome::Cancelled;
  }
};

}  // namespace heddle::detail
