// The core as a shared library, with all but one of its names hidden: built twice for
// loaded_twice_test.cc, as two packages of one program may each bring their own.

#include "sched/loaded.h"

#include <memory>

#include "base/process.h"
#include "sched/harness.h"
#include "sched/sum.h"

namespace heddle::test {

namespace {

std::unique_ptr<Started> scheduler;

constexpr LoadedCopy kCopy{
    .start =
        [](std::uint32_t threads) {
          scheduler = std::make_unique<Started>(SchedulerOptions{.threads = threads});
          return true;
        },
    .sum =
        [](std::uint32_t count) {
          std::uint64_t sum = 0;
          run(**scheduler, [&] { sum = Sum{0, count}(); });
          return sum;
        },
    .steals = [] { return scheduler->total().steals; },
    .overflow = [] { run(**scheduler, [] { Endless{0}(); }); },
    .stop = [] { scheduler.reset(); },
    .own_variable = []() -> void const* { return &detail::forks; },
};

}  // namespace

extern "C" [[gnu::visibility("default")]] LoadedCopy const heddle_loaded_copy;
extern "C" constinit LoadedCopy const heddle_loaded_copy = kCopy;

}  // namespace heddle::test
