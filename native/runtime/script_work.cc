// The number of a run, and what its parts have thrown.

#include "runtime/script_work.h"

#include <utility>

#include "base/check.h"

namespace heddle {

namespace {

constinit Atomic<std::uint64_t> runs{0};

std::uint64_t next_number() {
  return runs.fetch_add(1, relaxed) + 1;
}

}  // namespace

ScriptWork::ScriptWork(Run runs, ScriptRequest request)
    : ScriptRoot(runs, request.lane), request_(std::move(request)), number_(next_number()) {
  label = request_.label;
}

void ScriptWork::renew() {
  number_ = next_number();
  is_cancelled.store(false, relaxed);
  has_failed_.store(false, relaxed);
  has_overflowed_.store(false, relaxed);
  faults_.clear();
}

std::uint32_t ScriptWork::add_fault(std::string bytes) {
  LockGuard const guarded(lock_);
  faults_.push_back(std::move(bytes));
  return std::uint32_t(faults_.size());
}

std::string ScriptWork::fault(std::uint32_t number) {
  LockGuard const guarded(lock_);
  CHECK(number > 0 && number <= faults_.size());
  return faults_[number - 1];
}

}  // namespace heddle
