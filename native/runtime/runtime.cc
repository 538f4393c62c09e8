// Starting, looking at and closing a runtime.

#include "runtime/runtime.h"

#include <cerrno>
#include <utility>

#include "base/check.h"
#include "base/clock.h"
#include "kernels/scalar.h"
#include "runtime/scripts.h"

namespace heddle {

namespace {

constexpr std::uint64_t kLong = 3600 * kNanosecondsPerSecond;

IoOptions io_options(IoOptions::Wanted wanted, std::string const& name) {
  IoOptions options;
  options.wanted = wanted;
  options.name = name.c_str();
  return options;
}

}  // namespace

Result<std::unique_ptr<Runtime>> Runtime::start(RuntimeOptions const& options) {
  auto io = Io::start(io_options(options.io, options.scheduler.name));
  if (!io.ok()) return io.error();
  auto crew = Crew::start(options.scheduler, options.io);
  if (!crew.ok()) return crew.error();
  std::unique_ptr<Runtime> runtime(
      new Runtime(std::move(crew).value(), std::move(io).value(), true));
  CHECK(runtime->crew_->add(*runtime));
  return runtime;
}

Result<std::unique_ptr<Runtime>> Runtime::attach(Crew::Key key, Mailbox& mailbox,
                                                 std::uint32_t token) {
  auto crew = Crew::find(key);
  if (crew == nullptr) return Errno{ECANCELED};
  auto io = Io::start(io_options(crew->io(), crew->name()));
  if (!io.ok()) return io.error();
  std::unique_ptr<Runtime> runtime(new Runtime(std::move(crew), std::move(io).value(), false));
  runtime->mailbox_ = &mailbox;
  runtime->farewell_ = std::make_unique<TokenLetter>(token, RecordKind::Closed);
  if (runtime->crew_->add(*runtime)) return runtime;
  runtime->is_closed_ = true;
  return Errno{ECANCELED};
}

Runtime::Runtime(std::shared_ptr<Crew> crew, std::unique_ptr<Io> io, bool is_owner)
    : crew_(std::move(crew)), io_(std::move(io)), home_(crew_->scheduler()), is_owner_(is_owner) {
}

Runtime::~Runtime() {
  CHECK(is_closed_);
}

char const* Runtime::backend_name() const {
  return io_->backend() == IoBackend::IoUring ? "io_uring" : "threads";
}

std::vector<double> Runtime::stats() const {
  Scheduler& scheduler = crew_->scheduler();
  std::vector<double> numbers;
  auto const add = [&](std::uint64_t count) { numbers.push_back(double(count)); };
  for (std::uint32_t i = 0; i < scheduler.threads(); ++i) {
    WorkerStats const worker = scheduler.stats(i);
    add(worker.tasks);
    add(worker.steals);
    add(worker.failed_steals);
    add(worker.parks);
    add(worker.suspensions);
    add(worker.fibers);
    add(worker.helps);
    add(worker.leapfrogs);
    add(worker.fibers_max);
  }
  IoStats const io = io_->stats();
  add(io.submitted);
  add(io.completed);
  add(io.inline_hits);
  add(io.in_flight);
  Scheduler::HighWater const high = scheduler.high_water();
  add(high.stack_bytes);
  add(high.tasks);
  add(crew_->computed());
  return numbers;
}

void Runtime::close() {
  while (!close_until(now_ns() + kLong)) {
  }
}

bool Runtime::close_until(std::uint64_t deadline_ns) {
  if (is_closed_) return true;
  if (!is_owner_) {
    crew_->remove(*this);
  } else if (!crew_->close_until(deadline_ns)) {
    return false;
  }
  is_closed_ = true;
  return true;
}

void Runtime::shut() {
  closing_.store(true, relaxed);  // A hint for long work; who misses it works a little longer.
  completions_->shut();           // Before the engines that they would use.
  io_->stop();                    // Every fiber that waits for I/O is told so, and goes on.
  home_.close();
  crew_->scripts().cancel(home_);
  if (farewell_ != nullptr) mailbox_->post(std::move(farewell_));
}

KernelTable const& kernels() {
  return scalar_kernels();
}

}  // namespace heddle
