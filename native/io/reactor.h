#pragma once
// The one thread that owns a scheduler's ring: submits in batches, reaps, hands results back.
//
// README.md tells how it sleeps. Its rules:
//   E1  The reactor's thread alone touches the ring, the lists below and what is in flight;
//       others touch the intake, and wake the ring.
//   E2  It sleeps only after the intake has agreed (I2), or when it is closed and waits for
//       what is in flight. Nothing finished is undelivered then.
//   E3  What does not fit into the ring waits here in order. Both are bounded by how many
//       operations their callers own; none is allocated.
//   E4  The thread ends when the intake is closed and nothing is in flight: so everything
//       that was ever accepted has been completed (O1), and the kernel writes nowhere (R5).

#include <memory>
#include <string>

#include "io/one_thread.h"
#include "ring/ring.h"

namespace heddle {

class Reactor final : public OneThread {
 public:
  // Opens the ring, and no thread yet. Fails as Ring::open does.
  static Result<std::unique_ptr<Reactor>> open(RingOptions const& options, std::string name);

  Result<void> start() override;

  std::string describe() const { return ring_->describe(); }

 private:
  Reactor(std::unique_ptr<Ring> ring, std::string name);

  static void run(void* self);
  static void complete(Completion& completion, std::int32_t result);
  void wake() override { ring_->wake(); }
  void turn();
  void look_for_cancelled();
  bool is_time_to_insist();
  void issue_or_end(Operation& operation);
  void issue(Operation& operation);
  bool may_sleep();

  std::unique_ptr<Ring> const ring_;

  // The reactor's own (E1), as what it inherits is.
  alignas(64) Queue<Operation> waiting_;   // Accepted, not yet in the ring.
  std::uint64_t insist_at_ = kNoDeadline;  // When to cancel again what a cancel has missed.
  std::uint64_t insist_after_ns_ = 0;
};

}  // namespace heddle
