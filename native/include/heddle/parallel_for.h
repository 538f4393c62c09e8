#pragma once
/// \file
/// Parallel loops over one, two and three dimensions. Nobody is asked for a grain.
///
///     heddle::parallel_for(t, 0, n, [&](std::size_t i) { out[i] = f(in[i]); });
///     heddle::parallel_for(t, heddle::Range2{{0, width}, {0, height}},
///                          [&](std::size_t x, std::size_t y) { image[y * width + x] = ...; });
///
/// A loop runs its indices in steps of 4 to 16 us, and offers the upper half of what is left before
/// each of them (halving.h). What nobody steals runs in order, as a plain loop does.

#include <algorithm>
#include <cstddef>

#include "heddle/call.h"
#include "heddle/halving.h"
#include "heddle/range.h"

namespace heddle {
namespace detail {

// A row of more cells than that is worth forking, whatever they are.
inline constexpr std::size_t kLargeSlice = 4096;
// The first step of a loop over ranges.
inline constexpr std::size_t kRangeStep = 64;

// body(i), body(x, y) or body(x, y, z) for every cell.
template <class Body>
struct EachCell {
  Body& body;

  [[gnu::always_inline]] void row(KernelContext t, Range x, auto... outer) const {
    for (std::size_t i = x.begin; i < x.end; ++i) call(body, t, i, outer...);
  }

  void operator()(KernelContext t, Range r) const { row(t, r); }
  void operator()(KernelContext t, Range2 const& r) const {
    for (std::size_t y = r.y.begin; y < r.y.end; ++y) row(t, r.x, y);
  }
  void operator()(KernelContext t, Range3 const& r) const {
    for (std::size_t z = r.z.begin; z < r.z.end; ++z) {
      for (std::size_t y = r.y.begin; y < r.y.end; ++y) row(t, r.x, y, z);
    }
  }
};

// body(first, last) for every step.
template <class Body>
struct EachRange {
  Body& body;

  void operator()(KernelContext t, Range r) const { call(body, t, r.begin, r.end); }
};

// Runs the front of a range without forking for as long as a fork would wake somebody for what may
// be nothing (L3). False: cancelled.
template <class Step, class Box>
bool run_quietly(KernelContext t, Step& step, Pace& pace, Box& box) {
  while (cells(box) != 0 && t.is_wanted() && !pace.has_taken_long()) {
    if (t.is_cancelled()) return false;
    Box const front = cut_front(box, pace.step());
    Halving<Step, Box>::run_step(t, step, pace, front, cells(front));
  }
  return true;
}

template <class Step, class Box>
bool run_loop(KernelContext t, Step step, Box box, std::size_t first_step) {
  check(box);
  std::size_t const count = cells(box);
  if (count == 0) return true;
  Pace pace(first_step);
  Habit<Step> habit(t, count);
  if (habit.is_quiet() && slice_cells(box) <= kLargeSlice && !run_quietly(t, step, pace, box)) {
    return false;
  }
  if (cells(box) != 0 && !Halving<Step, Box>::run(t, step, pace, box)) return false;
  habit.learn(pace);
  return true;
}

}  // namespace detail

/// Calls body(i) for every i from begin to end - 1, each maybe on another worker.
///
/// \param body `body(i)`, or `body(t, i)` with the context to fork on. Called from several workers
///   at once: a const callable.
/// \return false if the root was cancelled and some indices were left out. In either case nobody
///   runs the body any more.
/// begin > end ends the program.
template <class Body>
requires detail::Callable<Body const&, std::size_t>
bool parallel_for(KernelContext t, std::size_t begin, std::size_t end, Body const& body) {
  return detail::run_loop(t, detail::EachCell<Body const>{body}, Range{begin, end}, 1);
}

/// The same over a Range.
template <class Body>
requires detail::Callable<Body const&, std::size_t>
bool parallel_for(KernelContext t, Range range, Body const& body) {
  return detail::run_loop(t, detail::EachCell<Body const>{body}, range, 1);
}

/// Calls body(x, y), or body(t, x, y), for every x and y: tile by tile, x fastest. Tiles are halves
/// of halves of the range, cut across the longest side.
template <class Body>
requires detail::Callable<Body const&, std::size_t, std::size_t>
bool parallel_for(KernelContext t, Range2 const& range, Body const& body) {
  return detail::run_loop(t, detail::EachCell<Body const>{body}, range, 1);
}

/// Calls body(x, y, z), or body(t, x, y, z), for every x, y and z: block by block, x fastest.
template <class Body>
requires detail::Callable<Body const&, std::size_t, std::size_t, std::size_t>
bool parallel_for(KernelContext t, Range3 const& range, Body const& body) {
  return detail::run_loop(t, detail::EachCell<Body const>{body}, range, 1);
}

/// Calls body(first, last), or body(t, first, last), for ranges that together are begin to end: one
/// step at a time, never empty. For bodies that do better with many indices at once: the first step
/// is of up to 64.
template <class Body>
requires detail::Callable<Body const&, std::size_t, std::size_t>
bool parallel_for_ranges(KernelContext t, std::size_t begin, std::size_t end, Body const& body) {
  CHECK(begin <= end);
  std::size_t const first_step = std::clamp((end - begin) / detail::kRangeStep, std::size_t{1},
                                            detail::kRangeStep);
  return detail::run_loop(t, detail::EachRange<Body const>{body}, Range{begin, end}, first_step);
}

}  // namespace heddle
