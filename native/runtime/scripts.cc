// The lists, under their lock.

#include "runtime/scripts.h"

#include <algorithm>
#include <utility>

namespace heddle {

Scripts::Scripts(Scheduler& scheduler)
    : scheduler_(scheduler),
      seats_(new SeatOf[scheduler.threads()]),
      unclaimed_(scheduler.threads()) {
}

Scripts::~Scripts() {
  CHECK(jobs_.empty());
}

Scripts::Claim Scripts::claim() {
  // Relaxed: each request asks, and one that comes too early for a seat leaves it to the next.
  if (unclaimed_.load(relaxed) == 0) return 0;
  LockGuard const guarded(lock_);
  for (std::uint32_t i = 0; i < scheduler_.threads(); ++i) {
    if (seats_[i].is_claimed()) continue;
    seats_[i].begun = 0;
    seats_[i].loaded.clear();
    seats_[i].claim = ++claims_ * kSeatsMax + i;
    unclaimed_.fetch_sub(1, relaxed);
    return seats_[i].claim;
  }
  return 0;
}

void Scripts::unclaim(Claim claim) {
  {
    LockGuard const guarded(lock_);
    SeatOf& seat = seats_[seat_of(claim)];
    if (seat.claim == claim) {  // Else it is another's by now.
      seat.claim = 0;
      unclaimed_.fetch_add(1, relaxed);
    }
  }
  submit_loaded();  // Nobody waits for it any more.
}

std::uint32_t Scripts::claimed() {
  LockGuard const guarded(lock_);
  std::uint32_t count = 0;
  for (std::uint32_t i = 0; i < scheduler_.threads(); ++i) count += seats_[i].is_claimed() ? 1 : 0;
  return count;
}

std::uint32_t Scripts::load(std::uint32_t text) {
  std::uint32_t number = 0;
  {
    LockGuard const guarded(lock_);
    number = number_of(text);
    if (number != 0) return number;
    modules_.push_back({text});
    number = std::uint32_t(modules_.size());
  }
  for (std::uint32_t i = 0; i < scheduler_.threads(); ++i) scheduler_.worker(i).call_isolate();
  return number;
}

std::uint32_t Scripts::next_load(std::uint32_t seat) {
  LockGuard const guarded(lock_);
  std::uint32_t& begun = seats_[seat].begun;
  return begun < modules_.size() ? modules_[begun++].text : 0;
}

void Scripts::loaded(std::uint32_t seat, std::uint32_t text) {
  {
    LockGuard const guarded(lock_);
    std::vector<bool>& loaded = seats_[seat].loaded;
    loaded.resize(modules_.size());
    loaded[number_of(text) - 1] = true;
  }
  submit_loaded();
}

// Under the lock. 0: nobody has asked for it.
std::uint32_t Scripts::number_of(std::uint32_t text) const {
  for (std::uint32_t i = 0; i < modules_.size(); ++i) {
    if (modules_[i].text == text) return i + 1;
  }
  return 0;
}

bool Scripts::may_sit(std::uint32_t seat) {
  LockGuard const guarded(lock_);
  for (std::uint32_t i = 0; i < modules_.size(); ++i) {
    if (modules_[i].is_used && !seats_[seat].has(i)) return false;
  }
  return true;
}

// Under the lock. True: its jobs are handed over.
bool Scripts::is_loaded(std::uint32_t number) {
  if (number == 0) return true;
  for (std::uint32_t i = 0; i < scheduler_.threads(); ++i) {
    if (seats_[i].is_claimed() && !seats_[i].has(number - 1)) return false;
  }
  modules_[number - 1].is_used = true;
  return true;
}

void Scripts::begin(std::shared_ptr<ScriptJob> job) {
  waiting_.fetch_add(1, relaxed);
  unsettled_.fetch_add(1, relaxed);
  {
    LockGuard const guarded(lock_);
    jobs_.add(*job);
    job->is_listed = true;
    job->round = round_;
    job->is_in_round = true;
    ++in_round_[round_ % 2];
    if (!is_loaded(job->request().module)) {
      held_back_.push_back(std::move(job));
      return;
    }
  }
  Queue<Job> jobs;
  jobs.push_back(*job);
  if (!job->home().submit(jobs)) job->fail();
}

void Scripts::submit_loaded() {
  std::vector<std::shared_ptr<ScriptJob>> ready;
  {
    LockGuard const guarded(lock_);
    std::erase_if(held_back_, [&](std::shared_ptr<ScriptJob> const& job) {
      bool const is_ready = is_loaded(job->request().module);
      if (is_ready) ready.push_back(job);
      return is_ready;
    });
  }
  for (auto const& job : ready) {
    Queue<Job> jobs;
    jobs.push_back(*job);
    if (!job->home().submit(jobs)) job->fail();
  }
}

void Scripts::forget(ScriptJob& job) {
  std::shared_ptr<ScriptJob> last;  // Outlives the lock.
  LockGuard const guarded(lock_);
  last = take_off(job);
}

std::size_t Scripts::count() const {
  return std::size_t(std::max(0, unsettled_.load(relaxed) - later_.load(relaxed)));
}

bool Scripts::next_round() {
  LockGuard const guarded(lock_);
  if (in_round_[(round_ + 1) % 2] != 0) return false;
  ++round_;
  return true;
}

void Scripts::leave_round(ScriptJob& job) {
  LockGuard const guarded(lock_);
  leave_round_locked(job);
}

void Scripts::leave_round_locked(ScriptJob& job) {
  if (std::exchange(job.is_in_round, false)) --in_round_[job.round % 2];
}

void Scripts::keep(ScriptJob& job) {
  LockGuard const guarded(lock_);
  died_.push_back(take_off(job));
}

void Scripts::keep(std::shared_ptr<void> died) {
  LockGuard const guarded(lock_);
  died_.push_back(std::move(died));
}

void Scripts::add(std::weak_ptr<ScriptGroup> group) {
  LockGuard const guarded(lock_);
  std::erase_if(groups_, [](auto const& each) { return each.expired(); });
  groups_.push_back(std::move(group));
}

// Those that are not gone. To be let go without the lock.
std::vector<std::shared_ptr<ScriptGroup>> Scripts::groups() {
  std::vector<std::shared_ptr<ScriptGroup>> groups;
  LockGuard const guarded(lock_);
  for (auto const& each : groups_) {
    if (auto group = each.lock()) groups.push_back(std::move(group));
  }
  return groups;
}

// Under the lock.
std::shared_ptr<ScriptJob> Scripts::take_off(ScriptJob& job) {
  if (std::exchange(job.is_listed, false)) jobs_.remove(job);
  leave_round_locked(job);
  return std::move(job.self_);
}

void Scripts::cancel(Home& home) {
  for (auto const& group : groups()) {
    if (group->is_of(home)) group->shut();
  }
  LockGuard const guarded(lock_);
  for (ScriptJob* job = jobs_.first(); job != nullptr; job = job->after) {
    if (&job->home() == &home) job->is_cancelled.store(true, relaxed);
  }
}

void Scripts::fail_waiting() {
  std::vector<std::shared_ptr<ScriptJob>> all;
  {
    LockGuard const guarded(lock_);
    for (ScriptJob* job = jobs_.first(); job != nullptr; job = job->after) {
      all.push_back(job->self_);
    }
  }
  for (auto const& job : all) {
    if (job != nullptr) job->fail_waiting();
  }
  for (auto const& group : groups()) group->fail_waiting_scripts();
}

void Scripts::fail_all() {
  for (auto const& group : groups()) group->drop_scripts();
  for (;;) {
    std::shared_ptr<ScriptJob> last;
    {
      LockGuard const guarded(lock_);
      held_back_.clear();
      if (jobs_.empty()) return;
      last = take_off(*jobs_.first());
    }
    last->fail();
  }
}

std::vector<std::uint32_t> Scripts::running() {
  std::vector<std::uint32_t> kernels;
  for (std::uint32_t i = 0; i < scheduler_.threads(); ++i) {
    std::uint32_t const kernel = seats_[i].kernel.load(relaxed);
    if (kernel != 0) kernels.push_back(kernel);
  }
  return kernels;
}

void Scripts::set_running(std::uint32_t seat, std::uint32_t kernel) {
  seats_[seat].kernel.store(kernel, relaxed);
}

}  // namespace heddle
