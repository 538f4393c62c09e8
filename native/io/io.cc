// Choosing an engine, and starting it when it is first needed.

#include "io/io.h"

#include <utility>

#include "base/check.h"
#include "io/blocking_pool.h"
#include "io/reactor.h"

namespace heddle {

namespace {

struct Meaning {
  int error;
  char const* text;
};

// What io_uring_setup says, and what it usually means by it.
constexpr Meaning kMeanings[] = {
    {EPERM, "EPERM (forbidden here, often by a container's seccomp filter)"},
    {EACCES, "EACCES (forbidden here, often by a container's seccomp filter)"},
    {ENOSYS, "ENOSYS (not in this kernel, or not in this build)"},
    {EINVAL, "EINVAL (this kernel's io_uring is too old)"},
    {EOPNOTSUPP, "EOPNOTSUPP (this kernel's io_uring is too old)"},
    {ENOMEM, "ENOMEM (too little locked memory, see `ulimit -l`)"},
    {EMFILE, "EMFILE (too many open files)"},
    {ENFILE, "ENFILE (too many open files)"},
};

std::string why_no_ring(Errno error) {
  for (Meaning const& meaning : kMeanings) {
    if (Errno{meaning.error} == error) return std::string("io_uring_setup: ") + meaning.text;
  }
  return "io_uring_setup: error " + std::to_string(static_cast<int>(error));
}

}  // namespace

Result<std::unique_ptr<Io>> Io::start(IoOptions const& options) {
  std::string name = std::string(options.name) + "-io";
  std::string reason = "asked for";
  if (options.wanted != Wanted::Threads) {
    RingOptions ring;
    ring.entries = options.entries;
    ring.in_flight_max = options.in_flight_max;
    auto reactor = Reactor::open(ring, name);
    if (reactor.ok()) {
      reason = reactor.value()->describe();
      return std::unique_ptr<Io>(new Io(std::move(reactor).value(), IoBackend::IoUring,
                                        std::move(reason), std::move(name)));
    }
    if (options.wanted == Wanted::IoUring) return reactor.error();
    reason = why_no_ring(reactor.error());
  }
  auto pool = std::make_unique<BlockingPool>(name);
  auto started = pool->start();
  if (!started.ok()) return started.error();
  std::unique_ptr<Io> io(
      new Io(std::move(pool), IoBackend::Threads, std::move(reason), std::move(name)));
  io->running_.store(io->chosen_.get(), relaxed);  // Whoever shares `io` publishes it.
  return io;
}

Io::Io(std::unique_ptr<Backend> engine, IoBackend probed, std::string reason, std::string name)
    : name_(std::move(name)),
      reason_(std::move(reason)),
      chosen_(std::move(engine)),
      probed_(probed) {
}

Io::~Io() {
  stop();
}

void Io::submit(Operation& operation) {
  submitted_.fetch_add(1, relaxed);
  engine_for(operation).submit(operation);
}

void Io::cancel(Operation& operation) {
  engine_for(operation).cancel(operation);
}

void Io::stop() {
  LockGuard const guard(lock_);
  if (stopped_) return;
  stopped_ = true;
  chosen_->stop();
  if (helper_ == nullptr) helper_ = std::make_unique<BlockingPool>(name_);
  helper_->stop();
  // Release as in begin_helper(): who comes now is refused.
  helping_.store(helper_.get(), release);
  // Release as in begin(): an engine that never began refuses what comes now.
  running_.store(chosen_.get(), release);
}

Backend& Io::engine() {
  // Acquire pairs with the release in begin() and stop().
  Backend* const running = running_.load(acquire);
  return running != nullptr ? *running : begin();
}

Backend& Io::engine_for(Operation const& operation) {
  if (!needs_thread(operation.code) || backend() == IoBackend::Threads) return engine();
  // Acquire pairs with the release in begin_helper() and stop().
  Backend* const helping = helping_.load(acquire);
  return helping != nullptr ? *helping : begin_helper();
}

// Where no signal is free to interrupt its threads with, they are not interrupted.
Backend& Io::begin_helper() {
  LockGuard const guard(lock_);
  Backend* const helping = helping_.load(relaxed);  // Ordered by the lock.
  if (helping != nullptr) return *helping;
  helper_ = std::make_unique<BlockingPool>(name_);
  if (!helper_->start().ok()) helper_->stop();
  // Release publishes the engine to engine_for().
  helping_.store(helper_.get(), release);
  return *helper_;
}

Backend& Io::begin() {
  LockGuard const guard(lock_);
  Backend* const running = running_.load(relaxed);  // Ordered by the lock.
  if (running != nullptr) return *running;
  auto started = chosen_->start();
  if (!started.ok()) fall_back(started.error());
  // Release publishes the engine to engine().
  running_.store(chosen_.get(), release);
  return *chosen_;
}

// Under the lock, before anybody has seen chosen_. The pool needs a thread too, but later, and
// by then there may be one to be had.
void Io::fall_back(Errno error) {
  chosen_ = std::make_unique<BlockingPool>(name_);
  if (!chosen_->start().ok()) chosen_->stop();
  fall_back_reason_ = "cannot start the ring's thread: error " +
                      std::to_string(static_cast<int>(error));
  // Release publishes the reason to reason().
  fell_back_.store(true, release);
}

IoBackend Io::backend() const {
  return fell_back_.load(relaxed) ? IoBackend::Threads : probed_;
}

std::string Io::reason() const {
  // Acquire pairs with the release in fall_back().
  return fell_back_.load(acquire) ? fall_back_reason_ : reason_;
}

IoStats Io::stats() const {
  IoStats stats;
  // Acquire pairs with the release in begin().
  if (Backend const* const running = running_.load(acquire)) stats.completed = running->completed();
  // Acquire pairs with the release in begin_helper().
  if (Backend const* const helping = helping_.load(acquire))
    stats.completed += helping->completed();
  // After what is completed, so that it is never less.
  stats.submitted = submitted_.load(relaxed);
  stats.in_flight = stats.submitted - stats.completed;
  stats.inline_hits = inline_hits_.load(relaxed);
  return stats;
}

}  // namespace heddle
