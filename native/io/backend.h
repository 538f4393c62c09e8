#pragma once
// What an I/O engine is: a thing that takes operations and tells when they are over.

#include <cstdint>

#include "base/list.h"
#include "base/result.h"
#include "io/operation.h"

namespace heddle {

// What comes of an operation that no engine takes: -`error`; a close is made on the spot (O4).
std::int64_t refused(Operation const& operation, int error);

// Calls `done` for all of them, and resumes the fibers that it names with one call.
void tell(Queue<Operation>& finished);

class Backend {
 public:
  Backend() = default;
  Backend(Backend const&) = delete;
  Backend& operator=(Backend const&) = delete;
  virtual ~Backend() = default;  // Only after stop().

  // Starts what the engine needs before the first submit. Once, by one thread.
  virtual Result<void> start() = 0;

  // Any thread, also while another one stops the engine: from then on what comes is done at
  // once, by refuse().
  virtual void submit(Operation& operation) = 0;

  // Asks for an end to an operation (O4), which the caller keeps alive until this returns.
  // Any thread.
  virtual void cancel(Operation& operation) = 0;

  // Refuses what comes, cancels what is there and waits until all of it is done. Once.
  virtual void stop() = 0;

  // Acquire pairs with the release in deliver(): whatever was completed had been submitted.
  std::uint64_t completed() const { return completed_.load(acquire); }

 protected:
  // Counts them, and tells.
  void deliver(Queue<Operation>& finished);

  // The same for one.
  void deliver(Operation& operation, std::int64_t result);

  // Ends what the engine cannot take, as refused() says.
  void refuse(Operation& operation, int error);

 private:
  Atomic<std::uint64_t> completed_{0};
};

}  // namespace heddle
