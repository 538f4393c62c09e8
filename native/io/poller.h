#pragma once
// The engine, beside a pool of threads, for what only waits: for time, or for a descriptor.
//
// One thread sleeps in ppoll(2) for all of it, and is woken through an eventfd. It sleeps as the
// reactor does, with the same intake: README.md.
//
// Rules, cited below by name:
//   P1  The poller's thread alone touches the lists below; others touch the intake, and the
//       eventfd.
//   P2  It sleeps only after the intake has agreed (I2). Nothing finished is undelivered then.
//   P3  It ends when the intake is closed: then all that waits is cancelled.

#include <poll.h>

#include <string>
#include <vector>

#include "io/one_thread.h"

namespace heddle {

class Poller final : public OneThread {
 public:
  explicit Poller(std::string name) : OneThread(std::move(name)) {}
  ~Poller() override;

  // Fails where there is no descriptor or no thread to be had.
  Result<void> start() override;

 private:
  static void run(void* self);
  void wake() override;
  void turn();
  void take_in(Operation& operation);
  void sleep(std::uint64_t deadline);
  void look_at_descriptors();

  int wake_fd_ = -1;

  // The poller's own (P1), as what it inherits is.
  alignas(64) Queue<Operation> polled_;
  std::vector<pollfd> descriptors_;  // The eventfd, and those of polled_ in the same order.
};

}  // namespace heddle
