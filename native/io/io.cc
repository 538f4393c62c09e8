// Choosing an engine, and starting it when it is first needed.

#include "io/io.h"

#include <utility>

#include "base/check.h"
#include "io/blocking_pool.h"
#include "io/poller.h"
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
      std::unique_ptr<Io> io(new Io(std::move(name), IoBackend::IoUring));
      io->reason_ = reactor.value()->describe();
      io->engines_[std::size_t(Part::Ring)] = std::move(reactor).value();
      return io;
    }
    if (options.wanted == Wanted::IoUring) return reactor.error();
    reason = why_no_ring(reactor.error());
  }
  std::unique_ptr<Io> io(new Io(std::move(name), IoBackend::Threads));
  io->reason_ = std::move(reason);
  auto const begun = io->begin(Part::Pool);  // Whether it can interrupt its threads.
  if (!begun.ok()) return begun.error();
  return io;
}

Io::Io(std::string name, IoBackend probed) : name_(std::move(name)), probed_(probed) {
}

Io::~Io() {
  stop();
}

void Io::submit(Operation& operation) {
  submitted_.fetch_add(1, relaxed);
  auto const engine = engine_for(operation);
  if (engine.ok()) return engine.value()->submit(operation);
  refused_.fetch_add(1, release);  // As Backend::deliver().
  operation.result = refused(operation, int(engine.error()));
  Queue<Operation> one;
  one.push_back(operation);
  tell(one);
}

Result<void> Io::prepare(OperationCode code) {
  Operation like;
  like.code = code;
  auto const engine = engine_for(like);
  if (!engine.ok()) return engine.error();
  return {};
}

void Io::cancel(Operation& operation) {
  auto const engine = engine_for(operation);
  if (engine.ok()) return engine.value()->cancel(operation);
  operation.cancel_asked.store(true, relaxed);  // Nobody has it.
}

void Io::stop() {
  LockGuard const guard(lock_);
  if (std::exchange(stopped_, true)) return;
  for (auto& engine : engines_) {
    if (engine != nullptr) engine->stop();
  }
}

Io::Part Io::part_for(Operation const& operation) const {
  bool const by_thread = needs_thread(operation.code) || operation.wants_thread;
  if (backend() == IoBackend::IoUring) return by_thread ? Part::Pool : Part::Ring;
  return only_waits(operation.code) ? Part::Poller : Part::Pool;
}

Result<Backend*> Io::engine_for(Operation const& operation) {
  Part const part = part_for(operation);
  // Acquire pairs with the release in begin().
  if (Backend* const running = running_[std::size_t(part)].load(acquire)) return running;
  auto const begun = begin(part);
  // Where the ring's thread cannot begin, others do it.
  return begun.ok() || part_for(operation) == part ? begun : engine_for(operation);
}

// ECANCELED after stop().
Result<Backend*> Io::begin(Part part) {
  LockGuard const guard(lock_);
  if (stopped_) return Errno{ECANCELED};
  auto& running = running_[std::size_t(part)];
  if (Backend* const begun = running.load(relaxed)) return begun;  // Ordered by the lock.
  std::unique_ptr<Backend> engine = make(part);
  if (engine == nullptr) return Errno{EAGAIN};  // A ring that somebody else has not begun.
  auto const started = engine->start();
  if (!started.ok()) {
    engine->stop();
    if (part == Part::Ring) fall_back(started.error());
    return started.error();
  }
  Backend* const begun = engine.get();
  engines_[std::size_t(part)] = std::move(engine);
  // Release publishes the engine to engine_for().
  running.store(begun, release);
  return begun;
}

// Under the lock.
std::unique_ptr<Backend> Io::make(Part part) {
  if (part == Part::Pool) return std::make_unique<BlockingPool>(name_);
  if (part == Part::Poller) return std::make_unique<Poller>(name_);
  return std::move(engines_[std::size_t(part)]);  // Opened by start().
}

// Under the lock.
void Io::fall_back(Errno error) {
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
  stats.completed = refused_.load(acquire);  // As below.
  for (auto const& part : running_) {
    // Acquire pairs with the release in begin().
    if (Backend const* const running = part.load(acquire)) stats.completed += running->completed();
  }
  // After what is completed, so that it is never less.
  stats.submitted = submitted_.load(relaxed);
  stats.in_flight = stats.submitted - stats.completed;
  stats.inline_hits = inline_hits_.load(relaxed);
  return stats;
}

}  // namespace heddle
