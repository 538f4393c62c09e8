// A script's run, and its end: on an isolate or without one.

#include "runtime/frame_script.h"

#include <algorithm>

#include "base/check.h"
#include "runtime/isolate.h"
#include "sched/worker.h"

namespace heddle {

namespace {

constinit Atomic<std::uint64_t> keys{0};

}  // namespace

FrameGraph::Script::Script(FrameGraph& graph, std::uint32_t slot, std::uint32_t node,
                           Script const* before)
    : ScriptWork(run_job, before == nullptr ? ScriptRequest{} : before->request()),
      graph_(graph),
      slot_(slot),
      node_(node),
      key_(keys.fetch_add(1, relaxed) + 1) {
  if (before == nullptr) return;
  value_count_ = before->value_count_;
  values_ = before->values_;
}

void FrameGraph::Script::rebind(std::string bytes) {
  request_.bytes = std::move(bytes);
  ++version_;
}

void FrameGraph::Script::set_values(std::span<double const> values) {
  CHECK(values.size() <= values_.size());
  value_count_ = values.size();
  std::copy(values.begin(), values.end(), values_.begin());
}

void FrameGraph::Script::ready() {
  renew();
  lane = request_.lane;
  label = request_.label;
}

Job* FrameGraph::Script::run_job(Job& self) {
  auto& script = static_cast<Script&>(self);
  // Acquire pairs with leave(): its node is over, and it is not looked at any more.
  if (script.leave(State::Waiting, State::Running)) script.run_here();
  return nullptr;
}

void FrameGraph::Script::run_here() {
  using Kind = ScriptOutcome::Kind;
  Worker& worker = *Worker::current();
  worker.script_tasks().inherit(lane, &is_cancelled, this);
  ScriptOutcome outcome;
  if (!is_cancelled.load(relaxed)) {
    outcome = static_cast<Isolate&>(worker.script_host()).run_job(*this);
  }
  CHECK(outcome.kind != Kind::Later);  // It was not called as a task.
  bool const has_died = outcome.kind == Kind::Died;
  if (has_died) spend();
  if (!leave(State::Running, has_died ? State::Dropped : State::Idle)) return;
  if (outcome.kind == Kind::Thrown || (has_died && !is_cancelled.load(relaxed))) {
    Fault* const fault = kernel_fault();
    fault->bytes = make_blob(outcome.bytes.data(), outcome.bytes.size());
    end(fault);
  } else if (is_cancelled.load(relaxed)) {
    end(make_fault(FaultCode::Cancelled));
  } else {
    end(nullptr);
  }
}

void FrameGraph::Script::drop() {
  if (!leave(State::Waiting, State::Dropped) && !leave(State::Running, State::Dropped)) return;
  spend();
  end(make_fault(FaultCode::Cancelled));
}

void FrameGraph::Script::fail_waiting() {
  if (!leave(State::Waiting, State::Dropped)) return;
  spend();
  end(kernel_fault());
}

bool FrameGraph::Script::leave(State from, State to) {
  // Relaxed where it fails: the caller does nothing then. Release and acquire as run_job() says.
  return state_.compare_exchange_strong(from, to, acq_rel, relaxed);
}

// G3. Before its end, which publishes it.
void FrameGraph::Script::spend() {
  is_spent_ = true;
  graph_.scripts_.keep(graph_.shared_from_this());
}

// The node is over, and with it perhaps the frame, which may begin again before this returns.
void FrameGraph::Script::end(Fault* fault) {
  FrameGraph& graph = graph_;
  if (slot_ != kDetached) {
    graph.finished(slot_, node_, fault, fault != nullptr);
    return;
  }
  Home& home = graph.home_;
  auto const last = std::move(held_);
  fault_ = fault;
  if (!graph.tell(graph.detached_items_[node_])) heddle::drop(take_fault());
  home.finished(1);
}

Fault* FrameGraph::Script::kernel_fault() const {
  Fault* const fault = make_fault(FaultCode::Kernel);
  fault->kernel = request_.kernel;
  return fault;
}

}  // namespace heddle
