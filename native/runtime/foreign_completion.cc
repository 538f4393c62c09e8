// From a foreign thread, by way of an engine, to a cell.

#include "runtime/foreign_completion.h"

#include <utility>
#include <vector>

#include "base/check.h"
#include "flow/stream.h"
#include "runtime/weak_registry.h"

namespace heddle {

namespace {

// All of the process that are not over. Never destroyed: threads may outlive static objects.
WeakRegistry<ForeignCompletion>& registry() {
  static auto& all = *new WeakRegistry<ForeignCompletion>;
  return all;
}

}  // namespace

// What native code has in hand.
struct ForeignCompletion::Held : heddle_completion {
  explicit Held(std::shared_ptr<ForeignCompletion> held)
      : heddle_completion{give_up}, completion(std::move(held)) {}

  static void give_up(heddle_completion* pointer) {
    std::unique_ptr<Held> const held(static_cast<Held*>(pointer));
    held->completion->signal();
  }

  std::shared_ptr<ForeignCompletion> const completion;
};

ForeignCompletion::ForeignCompletion(Io& io, Cell& cell, std::shared_ptr<ForeignCompletions> all)
    : io_(io), cell_(cell), key_(random_key()), all_(std::move(all)) {
  done = over;
  set_timer(0);
}

heddle_completion* ForeignCompletion::pointer(std::uint64_t key) {
  auto found = registry().find(key);
  return found == nullptr ? nullptr : new Held(std::move(found));
}

bool ForeignCompletion::signal(std::uint64_t key) {
  auto const found = registry().find(key);
  if (found != nullptr) found->signal();
  return found != nullptr;
}

// A signal that comes too late finds the gate shut, and `all_`, which is held, still there.
void ForeignCompletion::signal() {
  if (!all_->gate_.enter()) return;
  // Relaxed: it only decides who. The operation publishes what was seen.
  if (!is_signalled_.exchange(true, relaxed)) io_.submit(*this);  // X1
  all_->gate_.leave();
}

// Signalled, whether or not the engine was stopped before it could say so.
Fiber* ForeignCompletion::over(Operation& operation) {
  auto& self = static_cast<ForeignCompletion&>(operation);
  settle_outside(self.all_->take(self.key_)->cell_);  // The runtime may be gone next.
  return nullptr;
}

Result<std::uint64_t> ForeignCompletions::make(Io& io, Cell& cell) {
  auto const prepared = io.prepare(OperationCode::Timer);
  if (!prepared.ok()) return prepared.error();
  LockGuard const guarded(lock_);
  if (is_shut_) return Errno{ECANCELED};
  std::shared_ptr<ForeignCompletion> made(new ForeignCompletion(io, cell, shared_from_this()));
  registry().add(made->key_, made);
  std::uint64_t const key = made->key_;
  open_.emplace(key, std::move(made));
  return key;
}

// Its value is there, or about to be.
std::shared_ptr<ForeignCompletion> ForeignCompletions::take(std::uint64_t key) {
  registry().remove(key);
  LockGuard const guarded(lock_);
  return std::move(open_.extract(key).mapped());
}

void ForeignCompletions::shut() {
  gate_.shut();
  std::vector<std::uint64_t> left;
  {
    LockGuard const guarded(lock_);
    is_shut_ = true;
    for (auto const& [key, each] : open_) {
      // Relaxed: the gate orders it. An engine tells of those that were.
      if (!each->is_signalled_.load(relaxed)) left.push_back(key);
    }
  }
  for (std::uint64_t const key : left) {
    Cell& cell = take(key)->cell_;
    cell.fault = make_fault(FaultCode::Cancelled);
    settle_outside(cell);
  }
}

}  // namespace heddle
