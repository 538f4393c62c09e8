#pragma once
// A node of a frame graph that an isolate runs, frame after frame.
//
//   state      meaning                                         left by
//   Idle       it is not to be run                             await
//   Waiting    in a queue, or about to be                      run; drop
//   Running    an isolate runs it                              its end; drop
//   Dropped    it was over before it was run, or while it was  nobody: it is spent (G3)

#include <array>
#include <memory>
#include <utility>

#include "runtime/frame_graph.h"
#include "runtime/script_work.h"

namespace heddle {

class FrameGraph::Script final : public ScriptWork {
 public:
  Script(FrameGraph& graph, std::uint32_t slot, std::uint32_t node, Script const* before);

  ~Script() { heddle::drop(fault_); }

  // Its next run, while it is not to be run. The owner.
  ScriptRequest& change() { return request_; }
  void rebind(std::string bytes);
  void set_values(std::span<double const> values);
  Again again() const override { return {key_, version_, {values_.data(), value_count_}}; }

  // A new run. The owner, while it is not to be run.
  void ready();

  // It is submitted next. Whoever begins the node.
  void await() { state_.store(State::Waiting, relaxed); }

  // It keeps the graph until it is over.
  void hold(std::shared_ptr<FrameGraph> graph) { held_ = std::move(graph); }

  // Its node has failed as cancelled, unless it is over. Any thread, when nobody can run it.
  void drop();
  // The same as one whose isolate has died, unless it has begun. Any thread.
  void fail_waiting();

  // After its end: the owner.
  bool is_spent() const { return is_spent_; }
  Fault* take_fault() { return std::exchange(fault_, nullptr); }

 private:
  enum class State : std::uint32_t { Idle, Waiting, Running, Dropped };

  static Job* run_job(Job& self);
  void run_here();
  bool leave(State from, State to);
  void spend();
  void end(Fault* fault);
  Fault* kernel_fault() const;

  FrameGraph& graph_;
  std::uint32_t const slot_;
  std::uint32_t const node_;
  std::uint64_t const key_;
  std::uint32_t version_ = 0;
  std::size_t value_count_ = 0;
  std::array<double, kAgainValuesMax> values_{};
  Atomic<State> state_{State::Idle};
  bool is_spent_ = false;
  Fault* fault_ = nullptr;            // Of a detached one.
  std::shared_ptr<FrameGraph> held_;  // Of a detached one, while it runs (G2).
};

}  // namespace heddle
