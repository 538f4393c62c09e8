// Who uses a scheduler's threads, and in which order that ends.

#include "runtime/crew.h"

#include <utility>

#include "base/check.h"
#include "runtime/runtime.h"
#include "runtime/scripts.h"
#include "runtime/weak_registry.h"

namespace heddle {

namespace {

// Never destroyed: threads may outlive static objects.
WeakRegistry<Crew>& crews() {
  static auto& all = *new WeakRegistry<Crew>;
  return all;
}

}  // namespace

Result<std::shared_ptr<Crew>> Crew::start(SchedulerOptions const& options, IoOptions::Wanted io) {
  auto scheduler = Scheduler::start(options);
  if (!scheduler.ok()) return scheduler.error();
  std::shared_ptr<Crew> crew(new Crew(std::move(scheduler).value(), options, io));
  crews().add(crew->key_, crew);
  return crew;
}

Crew::Crew(std::unique_ptr<Scheduler> scheduler, SchedulerOptions const& options,
           IoOptions::Wanted io)
    : key_(random_key()),
      name_(options.name),
      io_(io),
      scheduler_(std::move(scheduler)),
      scripts_(std::make_unique<Scripts>(*scheduler_)) {
}

Crew::~Crew() {
  CHECK(is_closed_);
}

std::shared_ptr<Crew> Crew::find(Key key) {
  return crews().find(key);
}

bool Crew::add(Runtime& runtime) {
  LockGuard const guarded(lock_);
  if (is_closed_) return false;
  runtimes_.push_back(&runtime);
  return true;
}

bool Crew::add(std::shared_ptr<Timeline> const& timeline) {
  LockGuard const guarded(lock_);
  if (is_closed_) return false;
  if (timelines_.size() >= timelines_checked_) {
    std::erase_if(timelines_, [](auto const& weak) { return weak.expired(); });
    timelines_checked_ = 2 * timelines_.size() + 16;
  }
  timelines_.push_back(timeline);
  return true;
}

void Crew::remove(Runtime& runtime) {
  LockGuard const guarded(lock_);
  if (std::erase(runtimes_, &runtime) == 0) return;
  runtime.shut();
  computed_before_ += runtime.home().computed();
}

std::uint64_t Crew::computed() {
  LockGuard const guarded(lock_);
  std::uint64_t sum = computed_before_;
  for (Runtime* const runtime : runtimes_) sum += runtime->home().computed();
  return sum;
}

bool Crew::close_until(std::uint64_t deadline_ns) {
  crews().remove(key_);
  {
    LockGuard const guarded(lock_);
    is_closed_ = true;
    for (auto const& weak : std::exchange(timelines_, {})) {
      if (auto const timeline = weak.lock()) timeline->close();
    }
    for (Runtime* const runtime : std::exchange(runtimes_, {})) runtime->shut();
  }
  if (!scheduler_->stop_until(deadline_ns)) return false;  // W2
  scripts_->fail_all();
  return true;
}

}  // namespace heddle
