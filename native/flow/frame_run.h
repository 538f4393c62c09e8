#pragma once
// One frame in flight: counts down the predecessors of each node, and begins those that have none
// left.
//
// Rules, cited below by name:
//   R1  A node comes once all of its predecessors have finished, and it sees all that they did.
//   R2  Once a node has failed, or the frame was stopped, nodes that come are passed over: those
//       that have begun are waited for, and so a frame that ends has left nothing behind.
//   R3  Whoever finishes the last node ends the frame, and touches it for the last time before
//       ended(), or before start() says so: to the owner, it is no news.

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "base/atomic.h"
#include "flow/frame_plan.h"

namespace heddle {

class FrameRun {
 public:
  static constexpr std::uint32_t kNone = ~0u;

  // What runs those nodes that are no values.
  class Host {
   public:
    enum class Begun : std::uint8_t { Over, Goes };

    // Begins a node, whose end somebody says with finish(), perhaps before this returns; or it is
    // over already. A job is not submitted, but added to `jobs`. Any thread.
    virtual Begun begin(FrameRun& run, std::uint32_t node, Queue<Job>& jobs) = 0;

    // Submits what begin() has added. Any thread.
    virtual void submit(FrameRun& run, Queue<Job>& jobs) = 0;

    // The frame is over, and may be started again. Any thread; nobody else looks at it any more.
    // Not of one that was over when start() came back.
    virtual void ended(FrameRun& run) = 0;

   protected:
    ~Host() = default;
  };

  FrameRun(FramePlan const& plan, Host& host);
  ~FrameRun() { drop(fault_); }
  FrameRun(FrameRun const&) = delete;
  FrameRun& operator=(FrameRun const&) = delete;

  // Its own registers, which start() does not touch from `inputs` on: the caller has written those.
  // Before start() and after ended().
  std::span<Value> registers() { return registers_; }

  // Starts a frame in which those nodes run that are not 0 in `active`, which stays until it has
  // ended. True: it has. The owner, when none is in flight.
  [[nodiscard]] bool start(std::uint8_t const* active);

  // The node that the host has begun is over. Any thread, once for each.
  void finish(std::uint32_t node);

  // The same, and it has failed. A fault is taken over; it may be null.
  void fail(std::uint32_t node, Fault* fault);

  // What has not begun is passed over from here on. Any thread, any time.
  void stop() { is_over_.store(true, relaxed); }
  bool is_over() const { return is_over_.load(relaxed); }

  // Which node was the first to fail, or kNone; and why, which the caller takes over. After
  // ended(), once.
  std::uint32_t failed_node() const { return failed_.load(relaxed); }
  Fault* take_fault() { return std::exchange(fault_, nullptr); }

 private:
  struct NodeState {
    Atomic<std::uint32_t> missing{0};
    std::uint32_t next = kNone;  // Of those that a thread has finished and not dealt with.
  };

  // What a thread has to deal with.
  struct Batch {
    std::uint32_t finished = kNone;
    std::uint32_t count = 0;
    Queue<Job> jobs;
  };

  void come(std::uint32_t node, Batch& batch);
  void put(std::uint32_t node, Batch& batch);
  [[nodiscard]] bool deal_with(Batch& batch);
  bool compute(std::uint32_t node);
  void note_failure(std::uint32_t node, Fault* fault);

  FramePlan const& plan_;
  Host& host_;
  std::unique_ptr<NodeState[]> nodes_;
  std::vector<Value> registers_;
  std::uint8_t const* active_ = nullptr;
  Fault* fault_ = nullptr;  // Of the node that has failed first: who says so writes it.
  Atomic<bool> is_over_{false};
  Atomic<std::uint32_t> failed_{kNone};
  alignas(64) Atomic<std::uint32_t> remaining_{0};
};

}  // namespace heddle
