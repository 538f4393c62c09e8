#pragma once
// The layout of task records and of the split deque's header, for an owner that is written in
// JavaScript.
//
// lib/task-layout.ts is generated from this table (npm run layout), and layout.test.ts compares the
// two: a field that moves here moves there, or the tests fail.

#include <cstdint>
#include <span>

namespace heddle {

struct LayoutEntry {
  char const* group;  // The constant's name in TypeScript.
  char const* name;
  std::uint32_t value;  // Bytes; or what a word may hold.
  char const* says;
};

// Sorted by group. Any thread.
std::span<LayoutEntry const> task_layout();

}  // namespace heddle
