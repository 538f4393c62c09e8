#pragma once
// Where Heddle's tasks may be made: a fiber of a scheduler of so many workers.

#include "heddle/scheduler.h"
#include "support/measure.h"

namespace bench {

inline constexpr char const* kHeddle = "Heddle";

inline std::unique_ptr<heddle::Scheduler> start(heddle::SchedulerOptions const& options) {
  auto started = heddle::Scheduler::start(options);
  require(started.ok(), "a scheduler");
  return std::move(started.value());
}

// See support/program.h.
template <class Body>
void heddle_pool(heddle::SchedulerOptions const& options, Body const& body) {
  std::unique_ptr<heddle::Scheduler> const scheduler = start(options);
  heddle::run(*scheduler, [&](heddle::KernelContext t) { body(t); });
  scheduler->stop();
}

// The same, with no option but the number of workers.
inline constexpr auto plain_pool = [](unsigned workers, auto const& body) {
  heddle_pool({.threads = workers}, body);
};

}  // namespace bench
