// Unit: a collector is told of memory in time, and left alone by who gives it back himself.

#include "runtime/pressure.h"

#include <algorithm>

#include "base/check.h"

using namespace heddle;

namespace {

constexpr std::int64_t kMega = std::int64_t{1} << 20;
constexpr std::int64_t kThings[] = {kMega / 100, kMega, 8 * kMega, 80 * kMega};

// Of which the collector knows.
struct Told {
  void take(std::int64_t bytes) {
    held += bytes;
    known += pressure.take(bytes);
    CHECK(known >= 0 && known <= held);  // G3
  }
  void give_back(std::int64_t bytes) {
    held -= bytes;
    known += pressure.give_back(bytes);
    CHECK(known >= 0 && known <= held);  // G3
  }

  Pressure pressure;
  std::int64_t held = 0;
  std::int64_t known = 0;
};

void what_is_given_back_in_turn_is_told_once() {
  for (std::int64_t const bytes : kThings) {
    Told told;
    for (int i = 0; i < 3; ++i) told.take(bytes);
    for (int round = 0; round < 100; ++round) {
      std::int64_t const before = told.known;
      told.take(bytes);
      told.take(bytes);
      told.take(8);
      CHECK(told.known == before || round == 0);
      told.give_back(bytes);
      told.give_back(bytes);
      told.give_back(8);
    }
  }
}

void what_nobody_gives_back_is_told_after_a_step() {
  for (std::int64_t const bytes : kThings) {
    Told told;
    for (int i = 0; i < 100; ++i) {
      told.take(bytes);
      told.give_back(bytes);
    }
    std::int64_t const step = std::max(Pressure::kStepMin, (Pressure::kThings - 1) * bytes);
    while (told.held + bytes <= step) {
      told.take(bytes);
      CHECK(told.known == 0);  // G1
    }
    while (told.held <= step + bytes) told.take(bytes);
    CHECK(told.known == told.held);
  }
}

// However large they are.
void a_step_has_an_end() {
  Told told;
  told.take(Pressure::kStepMax + 1);
  CHECK(told.known == told.held);
}

void the_collector_hurries_until_something_is_found() {
  for (std::int64_t const bytes : kThings) {
    Told told;
    while (told.known == 0) told.take(bytes);
    for (int i = 0; i < 10; ++i) {
      told.take(bytes);
      CHECK(told.known == told.held);  // G2
    }
    told.give_back(bytes);
    told.take(bytes);
    CHECK(told.known == told.held - bytes);
  }
}

// A step of large things is not that of the small ones that come after them.
void a_step_follows_what_is_taken() {
  Told told;
  told.take(80 * kMega);
  told.give_back(80 * kMega);
  for (int i = 0; i < 200; ++i) {
    told.take(kMega);
    told.give_back(kMega);
  }
  while (told.known == 0) told.take(kMega);
  CHECK(told.held <= Pressure::kStepMin + kMega);
}

}  // namespace

int main() {
  what_is_given_back_in_turn_is_told_once();
  what_nobody_gives_back_is_told_after_a_step();
  a_step_has_an_end();
  the_collector_hurries_until_something_is_found();
  a_step_follows_what_is_taken();
}
