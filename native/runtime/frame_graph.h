#pragma once
// A frame graph with its frames in flight: which of its nodes are run by isolates, which by the
// JavaScript thread that owns it, and what that thread is told.
//
// A node of the owner's comes to it as an event, and it says when the node is over: at once, or
// when a descriptor can be read, or some time. Of one that the frame does not wait for, a detached
// one, it is told when it is over.
//
//   item        means                                      left by
//   idle        nobody is told of it                       tell: waiting
//   waiting     an event on the list                       take_event: out; shut
//   out         the owner has it, and will finish it       finish; shut
//
// Rules, cited below by name:
//   G1  Items change under the lock only, and once the graph is shut none is told: who would have
//       told finishes the node itself.
//   G2  A frame in flight keeps the graph, and so does a detached script.
//   G3  A script that was dropped, or whose isolate has died, is spent: it may be in a queue still,
//       or thieves may have parts of it. It stays as long as the graph, which stays as long as the
//       scheduler then, and its node gets another.

#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

#include "flow/frame_run.h"
#include "runtime/runtime.h"
#include "runtime/scripts.h"

namespace heddle {

// What a node is besides its place in the plan.
struct FrameNode {
  bool is_script = false;    // An isolate runs it; else the owner.
  bool is_late = false;      // A script: the owner is told, and says when it may begin.
  bool is_detached = false;  // The frame does not wait for it.
};

// What the owner is told. The numbers are a contract with lib/layout.ts.
struct FrameEvent {
  enum class What : std::uint32_t {
    Turn = 0,   // It is a node's turn: of the owner's, or of a script that is late.
    Over = 1,   // A detached script is over.
    Ended = 2,  // The frame is over.
  };

  What what;
  std::uint32_t slot;
  std::uint32_t node;
};

class FrameGraph final : public FrameRun::Host,
                         public ScriptGroup,
                         public std::enable_shared_from_this<FrameGraph> {
 public:
  static constexpr std::uint32_t kDetached = ~0u;  // In place of a slot: of detached scripts.

  FrameGraph(Runtime& runtime, Mailbox& mailbox, std::uint32_t token, FramePlan plan,
             std::vector<FrameNode> nodes, std::uint32_t slots);
  ~FrameGraph();

  // --- The owner.

  std::uint32_t size() const { return plan_.size(); }
  std::uint32_t slots() const { return std::uint32_t(slots_.size()); }

  // What a script's next run is to be; other bindings; the numbers among them. Before start(), or
  // go(), or while a detached one does not run.
  ScriptRequest& request(std::uint32_t slot, std::uint32_t node);
  void rebind(std::uint32_t slot, std::uint32_t node, std::string bytes);
  void set_values(std::uint32_t slot, std::uint32_t node, std::span<double const> values);
  // What its bindings are called on isolates.
  std::uint64_t key(std::uint32_t slot, std::uint32_t node);

  std::span<Value> registers(std::uint32_t slot) { return slots_[slot]->run.registers(); }
  // Those of the slot, which has no frame in flight, are what kept() gives until the next time.
  void keep_registers(std::uint32_t slot);
  std::span<Value const> kept() const { return kept_; }

  // Starts a frame. `active` has as many as there are nodes, and is copied. True: it is over, and
  // the owner is told no more of it. Only where it `may_end_here`.
  [[nodiscard]] bool start(std::uint32_t slot, std::uint8_t const* active, bool may_end_here);

  // The next event. False: there is none; the token will be told of more.
  [[nodiscard]] bool take_event(FrameEvent& event);

  // Ends a node that the owner has. False: it is over already.
  bool finish(std::uint32_t slot, std::uint32_t node, bool has_failed);

  // Begins a late script that the owner has, or a detached one.
  void go(std::uint32_t slot, std::uint32_t node);

  // Ends a node that the owner has when the descriptor can be read.
  void finish_when_readable(std::uint32_t slot, std::uint32_t node, int descriptor);
  // It is waited for no longer, and fails.
  void give_up(std::uint32_t slot, std::uint32_t node);
  // After shut(): nothing is left in the ring of a graph that nobody has any more.
  void give_up_all();

  // What has not begun in the frame is passed over, and kernels are told.
  void stop(std::uint32_t slot);

  // After Ended: the first that has failed, or FrameRun::kNone, and why, if natively; once.
  std::uint32_t failed_node(std::uint32_t slot) { return slots_[slot]->run.failed_node(); }
  Fault* take_fault(std::uint32_t slot) { return slots_[slot]->run.take_fault(); }
  // After Over.
  Fault* take_detached_fault(std::uint32_t node);

  // When nodes have begun and ended in the frame that has ended, or 0, and then the frame itself;
  // pairs of nanoseconds.
  std::span<std::uint64_t const> times(std::uint32_t slot) const { return slots_[slot]->times; }

  bool is_shut();

  // --- Any thread.

  // Frames in flight end without the owner, who is told nothing more; kernels are told to end.
  void shut() override;

  Begun begin(FrameRun& run, std::uint32_t node, Queue<Job>& jobs) override;
  void submit(FrameRun& run, Queue<Job>& jobs) override;
  void ended(FrameRun& run) override;

  bool is_of(Home const& home) const override { return &home_ == &home; }
  void fail_waiting_scripts() override;
  void drop_scripts() override;

 private:
  class Script;
  class Fence;

  struct Item {
    enum class State : std::uint8_t { Idle, Waiting, Out };

    Item* next = nullptr;
    FrameEvent event{};
    State state = State::Idle;
    std::uint32_t turn = 0;  // Counts how often it was told: a late fence knows its own.
  };

  struct Slot {
    Slot(FrameGraph& graph, std::uint32_t at);

    FrameRun run;
    std::uint32_t const number;
    std::vector<std::uint8_t> active;
    std::vector<std::unique_ptr<Script>> scripts;  // By node; null: it is none. Changes: G1.
    std::vector<Item> items;                       // By node, and one for its end.
    std::vector<std::uint64_t> times;
    std::shared_ptr<FrameGraph> self;  // While it is in flight (G2).
  };

  Slot& slot_of(FrameRun& run);
  std::unique_ptr<Script>& script_at(std::uint32_t slot, std::uint32_t node);
  Item& item_at(std::uint32_t slot, std::uint32_t node);
  Script& fresh_script(std::uint32_t slot, std::uint32_t node);
  void end(Slot& slot, bool is_told);
  bool tell(Item& item);
  bool has_nothing_to_tell();
  bool take_back(Item& item, std::uint32_t turn);
  void finished(std::uint32_t slot, std::uint32_t node, Fault* fault, bool has_failed);
  bool finish_item(Item& item, std::uint32_t turn, bool has_failed, Fault* fault = nullptr);
  void note_begun(std::uint32_t slot, std::uint32_t node);
  void note_ended(std::uint32_t slot, std::uint32_t node);
  std::vector<Script*> all_scripts();

  Home& home_;
  Io& io_;
  Scripts& scripts_;
  Mailbox& mailbox_;
  std::uint32_t const token_;
  FramePlan const plan_;
  std::vector<FrameNode> const nodes_;
  std::vector<std::uint32_t> timed_;  // Nodes that are no values, and the frame itself.
  std::vector<Value> kept_;           // Registers of a frame that has ended.
  std::vector<std::unique_ptr<Slot>> slots_;
  std::vector<std::unique_ptr<Script>> detached_;  // By node.
  std::vector<Item> detached_items_;
  std::vector<std::unique_ptr<Script>> spent_;                      // G3. The owner.
  std::unordered_map<std::uint64_t, std::weak_ptr<Fence>> fences_;  // The owner.
  Lock lock_;                                                       // G1
  Queue<Item> events_;
  bool is_shut_ = false;
};

}  // namespace heddle
