// A frame's way through its nodes.

#include "flow/frame_run.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace heddle {

FrameRun::FrameRun(FramePlan const& plan, Host& host)
    : plan_(plan),
      host_(host),
      nodes_(std::make_unique<NodeState[]>(plan.size())),
      registers_(plan.registers) {
}

bool FrameRun::start(std::uint8_t const* active) {
  DCHECK(remaining_.load(relaxed) == 0 && fault_ == nullptr);
  active_ = active;
  is_over_.store(false, relaxed);
  failed_.store(kNone, relaxed);
  std::uint32_t const count = plan_.size();
  for (std::uint32_t i = 0; i < count; ++i) {
    nodes_[i].missing.store(plan_.nodes[i].predecessors, relaxed);
  }
  // One more, which is ours: it does not end while we begin its nodes. Relaxed, all of it: others
  // come to know of the frame by what begins them.
  remaining_.store(count + 1, relaxed);
  Batch batch;
  batch.count = 1;
  for (std::uint32_t const root : plan_.roots) come(root, batch);
  return deal_with(batch);
}

void FrameRun::finish(std::uint32_t node) {
  Batch batch;
  put(node, batch);
  Host& host = host_;
  if (deal_with(batch)) host.ended(*this);
}

void FrameRun::fail(std::uint32_t node, Fault* fault) {
  note_failure(node, fault);
  finish(node);
}

void FrameRun::note_failure(std::uint32_t node, Fault* fault) {
  std::uint32_t expected = kNone;
  // Relaxed: it decides who is the first. Whoever reads it has seen the frame end.
  if (failed_.compare_exchange_strong(expected, node, relaxed, relaxed)) {
    fault_ = fault;
  } else {
    drop(fault);
  }
  stop();
}

void FrameRun::put(std::uint32_t node, Batch& batch) {
  nodes_[node].next = batch.finished;
  batch.finished = node;
}

// R1: its predecessors have finished.
void FrameRun::come(std::uint32_t node, Batch& batch) {
  if (active_[node] == 0 || is_over()) {  // R2
    put(node, batch);
    return;
  }
  switch (plan_.nodes[node].kind) {
    case FramePlan::Kind::Value:
      if (!compute(node)) stop();
      put(node, batch);
      return;
    case FramePlan::Kind::Joining:
      put(node, batch);
      return;
    case FramePlan::Kind::Hosted:
      if (host_.begin(*this, node, batch.jobs) == Host::Begun::Over) put(node, batch);
  }
}

// True: the frame is over, and this was the last touch of it.
bool FrameRun::deal_with(Batch& batch) {
  while (batch.finished != kNone) {
    std::uint32_t const node = std::exchange(batch.finished, nodes_[batch.finished].next);
    ++batch.count;
    std::uint32_t const end = plan_.nodes[node + 1].first_successor;
    for (std::uint32_t i = plan_.nodes[node].first_successor; i < end; ++i) {
      std::uint32_t const successor = plan_.successors[i];
      // Release: what we did. Acquire, for the last: what all other predecessors did (R1).
      if (nodes_[successor].missing.fetch_sub(1, acq_rel) == 1) come(successor, batch);
    }
  }
  // What they belong to is not over, and so we are not, either.
  if (!batch.jobs.empty()) host_.submit(*this, batch.jobs);
  // Release: what we did. Acquire, for the last: what everybody did (R3).
  return remaining_.fetch_sub(batch.count, acq_rel) == batch.count;
}

// False: it has failed.
bool FrameRun::compute(std::uint32_t node) {
  std::uint32_t const end = plan_.nodes[node + 1].first_step;
  for (std::uint32_t i = plan_.nodes[node].first_step; i < end; ++i) {
    FramePlan::Step const& step = plan_.steps[i];
    Value const left = registers_[step.left];
    Value const right = registers_[step.right];
    FaultCode const code = step.kernel(left, right, registers_[step.result]);
    if (code == FaultCode::None) continue;
    Fault* const fault = make_fault(code);
    fault->operation = step.code;
    fault->left = left;
    fault->right = right;
    note_failure(node, fault);
    return false;
  }
  return true;
}

}  // namespace heddle
