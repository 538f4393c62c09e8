// Unit: a futex sleeps only on the value it was told, until woken or until its deadline.

#include "base/futex.h"

#include <thread>

#include "base/check.h"
#include "base/clock.h"

using namespace heddle;

namespace {

void a_wait_for_another_value_returns() {
  Atomic<std::uint32_t> word{1};
  futex_wait(word, 0);
  CHECK(futex_wait_until(word, 0, now_ns() + kNanosecondsPerSecond * 3600));
}

void a_deadline_that_has_passed_ends_the_wait() {
  Atomic<std::uint32_t> word{0};
  CHECK(!futex_wait_until(word, 0, now_ns()));
  CHECK(!futex_wait_until(word, 0, 0));
}

void a_deadline_is_waited_for() {
  Atomic<std::uint32_t> word{0};
  std::uint64_t const deadline = now_ns() + 5'000'000;
  while (futex_wait_until(word, 0, deadline)) continue;  // Signals may end it early.
  CHECK(now_ns() >= deadline);
}

void a_wake_with_nobody_asleep_wakes_nobody() {
  Atomic<std::uint32_t> word{0};
  CHECK(futex_wake(word, 1) == 0);
}

void a_sleeper_is_woken_and_counted() {
  Atomic<std::uint32_t> word{0};
  std::thread sleeper([&] {
    while (word.load(relaxed) == 0) futex_wait(word, 0);
  });
  // Unchanged so far, so it goes back to sleep: this ends once it has slept.
  while (futex_wake(word, 1) == 0) std::this_thread::yield();
  word.store(1, relaxed);
  futex_wake(word, 1);
  sleeper.join();
}

void the_clock_does_not_go_back() {
  std::uint64_t before = now_ns();
  for (int i = 0; i < 1000; ++i) {
    std::uint64_t const now = now_ns();
    CHECK(now >= before);
    before = now;
  }
}

}  // namespace

int main() {
  a_wait_for_another_value_returns();
  a_deadline_that_has_passed_ends_the_wait();
  a_deadline_is_waited_for();
  a_wake_with_nobody_asleep_wakes_nobody();
  a_sleeper_is_woken_and_counted();
  the_clock_does_not_go_back();
}
