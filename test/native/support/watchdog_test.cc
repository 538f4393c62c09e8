// Unit: a watchdog ends a test that is silent, and leaves one alone that is not.

#include "support/watchdog.h"

#include <chrono>
#include <csignal>
#include <cstdio>
#include <thread>

#include "base/check.h"
#include "base/clock.h"
#include "support/child.h"

using namespace heddle;

namespace {

constexpr std::chrono::seconds kSilence(1);

void a_silent_test_is_ended_with_a_message() {
  test::Ending const ending = test::in_child([] {
    test::Watchdog const watchdog([] { std::fprintf(stderr, "the state of things\n"); }, kSilence);
    while (true) std::this_thread::sleep_for(kSilence);
  });
  CHECK(ending.is_killed_by(SIGABRT));
  CHECK(ending.says("watchdog: no progress for 1 s"));
  CHECK(ending.says("the state of things"));
}

void a_test_that_goes_on_is_left_alone() {
  test::Ending const ending = test::in_child([] {
    test::Watchdog watchdog([] {}, kSilence);
    std::uint64_t const end = now_ns() + 2 * kNanosecondsPerSecond;
    while (now_ns() < end) {
      watchdog.progress();
      std::this_thread::yield();
    }
  });
  CHECK(ending.is_exit(0));
}

}  // namespace

int main() {
  a_silent_test_is_ended_with_a_message();
  a_test_that_goes_on_is_left_alone();
}
