#pragma once
// A runtime of a stress test, as a seed has it, and a stream whose values it makes.

#include "base/check.h"
#include "base/random.h"
#include "runtime/runtime.h"

namespace heddle::test {

struct Started {
  explicit Started(Random& random) {
    RuntimeOptions options;
    options.scheduler.threads = 1 + random.below(4);
    options.io = random.below(2) == 0 ? IoOptions::Wanted::Auto : IoOptions::Wanted::Threads;
    auto started = Runtime::start(options);
    CHECK(started.ok());
    runtime = std::move(started).value();
  }

  // A fresh one of the stream's, for a call that makes a Bytes.
  Cell& expect(Handle i) { return stream.expect(runtime->home(), base + i, Type::Bytes); }

  // The same again, once it is settled.
  Cell& settled(Handle i) {
    constexpr std::uint64_t kForever = ~std::uint64_t{0} >> 1;
    Cell& cell = stream.cell(base + i);
    CellWaiter waiter;
    CHECK(waiter.wait(stream, cell, kForever));
    return cell;
  }

  std::unique_ptr<Runtime> runtime;
  Stream stream{kernels()};
  Handle const base = stream.add_block().value() * kBlockCells;
};

}  // namespace heddle::test
