// Starting and ending a trace, and reading it.

#include "runtime/recording.h"

#include <cerrno>

#include "base/clock.h"

namespace heddle {

namespace {

// For JavaScript, an address means nothing, and a time is one since the beginning.
double subject_of(TraceEvent const& event, std::uint64_t begun_ns) {
  switch (event.kind) {
    case TraceKind::Fork:
    case TraceKind::Steal:
      return 0;
    case TraceKind::Wake:
      return event.subject > begun_ns ? double(event.subject - begun_ns) : 0;
    default:
      return double(event.subject);
  }
}

}  // namespace

Result<void> Recording::start(std::size_t events) {
  LockGuard const guarded(lock_);
  begun_ns_ = now_ns();
  ended_ns_ = 0;
  if (scheduler_.start_trace(events)) return {};
  begun_ns_ = 0;
  return Errno{ENOMEM};
}

void Recording::stop() {
  LockGuard const guarded(lock_);
  if (begun_ns_ == 0 || ended_ns_ != 0) return;
  scheduler_.stop_trace();
  ended_ns_ = now_ns();
}

std::vector<double> Recording::numbers() {
  LockGuard const guarded(lock_);
  std::vector<double> numbers;
  if (begun_ns_ == 0) return numbers;
  std::uint64_t const end = ended_ns_ != 0 ? ended_ns_ : now_ns();
  for (std::uint64_t const number :
       {begun_ns_ / kNanosecondsPerSecond, begun_ns_ % kNanosecondsPerSecond, end - begun_ns_}) {
    numbers.push_back(double(number));
  }
  for (std::uint32_t worker = 0; worker < scheduler_.threads(); ++worker) {
    auto const events = scheduler_.trace(worker);
    numbers.push_back(double(events.size()));
    numbers.push_back(double(scheduler_.trace_lost(worker)));
    numbers.push_back(scheduler_.worker(worker).is_running() ? 1 : 0);
    for (TraceEvent const& event : events) {
      // One that is recorded while this begins may have looked at the clock before.
      bool const is_early = event.time_ns < begun_ns_;
      numbers.push_back(is_early ? 0 : double(event.time_ns - begun_ns_));
      numbers.push_back(double(event.kind));
      numbers.push_back(subject_of(event, begun_ns_));
      numbers.push_back(event.other);
    }
  }
  return numbers;
}

}  // namespace heddle
