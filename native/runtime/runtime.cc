// Starting, looking at and closing a runtime.

#include "runtime/runtime.h"

#include <utility>

#include "base/check.h"
#include "kernels/scalar.h"

namespace heddle {

Result<std::unique_ptr<Runtime>> Runtime::start(RuntimeOptions const& options) {
  IoOptions io_options;
  io_options.wanted = options.io;
  io_options.name = options.scheduler.name.c_str();
  auto io = Io::start(io_options);
  if (!io.ok()) return io.error();
  auto scheduler = Scheduler::start(options.scheduler);
  if (!scheduler.ok()) return scheduler.error();
  return std::unique_ptr<Runtime>(new Runtime(std::move(scheduler).value(), std::move(io).value()));
}

Runtime::Runtime(std::unique_ptr<Scheduler> scheduler, std::unique_ptr<Io> io)
    : scheduler_(std::move(scheduler)), io_(std::move(io)), home_(*scheduler_) {
}

Runtime::~Runtime() {
  CHECK(is_closed_);
}

char const* Runtime::backend_name() const {
  return io_->backend() == IoBackend::IoUring ? "io_uring" : "threads";
}

std::vector<double> Runtime::stats() const {
  std::vector<double> numbers;
  auto const add = [&](std::uint64_t count) { numbers.push_back(double(count)); };
  for (std::uint32_t i = 0; i < scheduler_->threads(); ++i) {
    WorkerStats const worker = scheduler_->stats(i);
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
  Scheduler::HighWater const high = scheduler_->high_water();
  add(high.stack_bytes);
  add(high.tasks);
  add(home_.computed());
  return numbers;
}

void Runtime::close() {
  if (std::exchange(is_closed_, true)) return;
  closing_.store(true, relaxed);  // A hint for long work; who misses it works a little longer.
  io_->stop();                    // Every fiber that waits for I/O is told so, and goes on.
  home_.close();
  scheduler_->stop();
}

KernelTable const& kernels() {
  return scalar_kernels();
}

}  // namespace heddle
