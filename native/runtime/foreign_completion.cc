// From a foreign thread, by way of an engine, to a cell.

#include "runtime/foreign_completion.h"

#include <utility>
#include <vector>

#include "base/check.h"
#include "flow/stream.h"
#include "runtime/weak_registry.h"

namespace heddle {

namespace {

// All of the process that are not over, each held. Never destroyed: threads may outlive static
// objects.
struct Keys {
  Lock lock;
  std::unordered_map<std::uint64_t, ForeignCompletion*> all;
};

Keys& keys() {
  static auto& all = *new Keys;
  return all;
}

}  // namespace

ForeignCompletion::ForeignCompletion(Io& io, Cell& cell, std::shared_ptr<ForeignCompletions> all)
    : heddle_completion{}, io_(io), cell_(cell), key_(random_key()), all_(std::move(all)) {
  heddle_completion::signal = [](heddle_completion* pointer) {
    auto& self = *static_cast<ForeignCompletion*>(pointer);
    self.signal();
    self.drop();
  };
  done = over;
  set_timer(0);
}

// Held once more, or null.
ForeignCompletion* ForeignCompletion::find(std::uint64_t key) {
  Keys& all = keys();
  LockGuard const guarded(all.lock);
  auto const entry = all.all.find(key);
  if (entry == all.all.end()) return nullptr;
  entry->second->holders_.fetch_add(1, relaxed);
  return entry->second;
}

heddle_completion* ForeignCompletion::pointer(std::uint64_t key) {
  return find(key);
}

bool ForeignCompletion::signal(std::uint64_t key) {
  ForeignCompletion* const found = find(key);
  if (found == nullptr) return false;
  found->signal();
  found->drop();
  return true;
}

// Its value is there, or about to be.
void ForeignCompletion::forget(ForeignCompletion& completion) {
  {
    Keys& all = keys();
    LockGuard const guarded(all.lock);
    all.all.erase(completion.key_);
  }
  completion.drop();
}

// A signal that comes too late finds the gate shut, and `all_`, which is held, still there.
void ForeignCompletion::signal() {
  if (!all_->gate_.enter()) return;
  // Relaxed: it only decides who. The operation publishes what was seen.
  if (!is_signalled_.exchange(true, relaxed)) io_.submit(*this);  // X1
  all_->gate_.leave();
}

void ForeignCompletion::drop() {
  // Acq_rel: everybody's last use comes before it is freed.
  if (holders_.fetch_sub(1, acq_rel) == 1) delete this;
}

// Signalled, whether or not the engine was stopped before it could say so.
Fiber* ForeignCompletion::over(Operation& operation) {
  auto& self = static_cast<ForeignCompletion&>(operation);
  Cell& cell = self.cell_;
  {
    LockGuard const guarded(self.all_->lock_);
    self.all_->open_.erase(self.key_);
  }
  forget(self);
  settle_outside(cell);  // The runtime may be gone next.
  return nullptr;
}

Result<std::uint64_t> ForeignCompletions::make(Io& io, Cell& cell) {
  auto const prepared = io.prepare(OperationCode::Timer);
  if (!prepared.ok()) return prepared.error();
  LockGuard const guarded(lock_);
  if (is_shut_) return Errno{ECANCELED};
  auto* const made = new ForeignCompletion(io, cell, shared_from_this());
  open_.emplace(made->key_, made);
  Keys& all = keys();
  LockGuard const guarded_keys(all.lock);
  all.all.emplace(made->key_, made);
  return made->key_;
}

void ForeignCompletions::shut() {
  gate_.shut();
  std::vector<ForeignCompletion*> left;
  {
    LockGuard const guarded(lock_);
    is_shut_ = true;
    for (auto const& [key, each] : open_) {
      // Relaxed: the gate orders it. An engine tells of those that were.
      if (!each->is_signalled_.load(relaxed)) left.push_back(each);
    }
    for (ForeignCompletion const* each : left) open_.erase(each->key_);
  }
  for (ForeignCompletion* const each : left) {
    Cell& cell = each->cell_;
    ForeignCompletion::forget(*each);
    cell.fault = make_fault(FaultCode::Cancelled);
    settle_outside(cell);
  }
}

}  // namespace heddle
