// Nodes that begin, and how each of them is told to be over.

#include "runtime/frame_graph.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "base/check.h"
#include "base/clock.h"
#include "runtime/frame_script.h"

namespace heddle {

// Waits for a descriptor, and then ends a node.
class FrameGraph::Fence final : public Operation {
 public:
  Fence(std::shared_ptr<FrameGraph> graph, Item& item, int descriptor)
      : graph_(std::move(graph)), item_(item), turn_(item.turn), descriptor_(descriptor) {}

  static void submit(std::shared_ptr<Fence> fence) {
    Fence& self = *fence;
    self.done = over;
    self.self_ = std::move(fence);
    self.set_poll(self.descriptor_, POLLIN);
    self.graph_->io_.submit(self);
  }

  void cancel() {
    // Relaxed: the runtime is its owner's, who is here, and so the engine is.
    if (!is_over_.load(relaxed)) graph_->io_.cancel(*this);
  }

 private:
  static Fiber* over(Operation& operation) {
    auto& self = static_cast<Fence&>(operation);
    if (self.result == -EINTR) {
      self.graph_->io_.submit(self);
      return nullptr;
    }
    auto const last = std::move(self.self_);
    self.is_over_.store(true, relaxed);  // As cancel() says.
    int const error = self.result < 0 ? int(-self.result) : 0;
    Fault* fault = nullptr;
    if (error == ECANCELED) fault = make_fault(FaultCode::Cancelled);
    if (error != 0 && error != ECANCELED) fault = make_system_fault(error, Call::Poll);
    FrameGraph& graph = *self.graph_;
    (void)graph.finish_item(self.item_, self.turn_, error != 0, fault);
    return nullptr;
  }

  std::shared_ptr<FrameGraph> const graph_;
  Item& item_;
  std::uint32_t const turn_;
  int const descriptor_;
  std::shared_ptr<Fence> self_;  // Until it is over.
  Atomic<bool> is_over_{false};
};

FrameGraph::Slot::Slot(FrameGraph& graph, std::uint32_t at)
    : run(graph.plan_, graph),
      number(at),
      active(graph.size()),
      scripts(graph.size()),
      items(graph.size() + 1),
      times(2 * std::size_t(graph.size() + 1)) {
}

FrameGraph::FrameGraph(Runtime& runtime, Mailbox& mailbox, std::uint32_t token, FramePlan plan,
                       std::vector<FrameNode> nodes, std::uint32_t slots)
    : home_(runtime.home()),
      io_(runtime.io()),
      scripts_(runtime.crew().scripts()),
      mailbox_(mailbox),
      token_(token),
      plan_(std::move(plan)),
      nodes_(std::move(nodes)),
      kept_(plan_.registers),
      detached_(plan_.size()),
      detached_items_(plan_.size()) {
  for (std::uint32_t i = 0; i < slots; ++i) slots_.push_back(std::make_unique<Slot>(*this, i));
  for (std::uint32_t node = 0; node < size(); ++node) {
    if (plan_.nodes[node].kind != FramePlan::Kind::Value) timed_.push_back(node);
  }
  timed_.push_back(size());
  using What = FrameEvent::What;
  for (std::uint32_t node = 0; node < size(); ++node) {
    detached_items_[node].event = {What::Over, kDetached, node};
    for (auto const& slot : slots_) {
      slot->items[node].event = {What::Turn, slot->number, node};
      if (nodes_[node].is_script && !nodes_[node].is_detached)
        (void)fresh_script(slot->number, node);
    }
    if (nodes_[node].is_script && nodes_[node].is_detached) (void)fresh_script(kDetached, node);
  }
  for (auto const& slot : slots_) slot->items[size()].event = {What::Ended, slot->number, size()};
}

FrameGraph::~FrameGraph() = default;

// --- What its owner asks for.

ScriptRequest& FrameGraph::request(std::uint32_t slot, std::uint32_t node) {
  return script_at(slot, node)->change();
}

void FrameGraph::rebind(std::uint32_t slot, std::uint32_t node, std::string bytes) {
  script_at(slot, node)->rebind(std::move(bytes));
}

void FrameGraph::set_values(std::uint32_t slot, std::uint32_t node,
                            std::span<double const> values) {
  script_at(slot, node)->set_values(values);
}

std::uint64_t FrameGraph::key(std::uint32_t slot, std::uint32_t node) {
  return script_at(slot, node)->again().key;
}

void FrameGraph::keep_registers(std::uint32_t slot) {
  std::span<Value const> const registers = this->registers(slot);
  std::copy(registers.begin(), registers.end(), kept_.begin());
}

bool FrameGraph::start(std::uint32_t number, std::uint8_t const* active, bool may_end_here) {
  Slot& slot = *slots_[number];
  CHECK(slot.self == nullptr);
  std::copy(active, active + size(), slot.active.begin());
  for (std::uint32_t const at : timed_) slot.times[2 * at] = slot.times[2 * at + 1] = 0;
  for (std::uint32_t node = 0; node < size(); ++node) {
    if (slot.active[node] == 0 || !nodes_[node].is_script) continue;
    std::uint32_t const where = nodes_[node].is_detached ? kDetached : number;
    if (script_at(where, node)->is_spent()) (void)fresh_script(where, node);
    script_at(where, node)->ready();
  }
  slot.self = shared_from_this();
  home_.expect(1);
  note_begun(number, size());
  if (!slot.run.start(slot.active.data())) return false;
  // What it has told of its nodes comes first.
  bool const ends_here = may_end_here && has_nothing_to_tell();
  end(slot, !ends_here);
  return ends_here;
}

bool FrameGraph::take_event(FrameEvent& event) {
  LockGuard const guarded(lock_);
  Item* const item = events_.pop_front();
  if (item == nullptr) return false;
  event = item->event;
  bool const stays = event.what == FrameEvent::What::Turn && !nodes_[event.node].is_detached;
  item->state = stays ? Item::State::Out : Item::State::Idle;
  return true;
}

bool FrameGraph::finish(std::uint32_t slot, std::uint32_t node, bool has_failed) {
  Item& item = item_at(slot, node);
  return finish_item(item, item.turn, has_failed);
}

void FrameGraph::go(std::uint32_t slot, std::uint32_t node) {
  Item& item = item_at(slot, node);
  if (slot != kDetached && !take_back(item, item.turn)) return;
  Script& script = *script_at(slot, node);
  if (slot == kDetached) {
    script.hold(shared_from_this());
    home_.expect(1);
  }
  script.await();
  Queue<Job> jobs;
  jobs.push_back(script);
  if (!home_.submit(jobs)) script.drop();
}

void FrameGraph::finish_when_readable(std::uint32_t slot, std::uint32_t node, int descriptor) {
  auto fence = std::make_shared<Fence>(shared_from_this(), item_at(slot, node), descriptor);
  fences_[std::uint64_t(slot) << 32 | node] = fence;
  Fence::submit(std::move(fence));
}

void FrameGraph::give_up(std::uint32_t slot, std::uint32_t node) {
  auto const found = fences_.find(std::uint64_t(slot) << 32 | node);
  if (found == fences_.end()) return;
  if (auto const fence = found->second.lock()) fence->cancel();
  fences_.erase(found);
}

void FrameGraph::give_up_all() {
  for (auto const& [key, weak] : std::exchange(fences_, {})) {
    if (auto const fence = weak.lock()) fence->cancel();
  }
}

void FrameGraph::stop(std::uint32_t number) {
  Slot& slot = *slots_[number];
  slot.run.stop();
  for (auto const& script : slot.scripts) {
    if (script != nullptr) script->is_cancelled.store(true, relaxed);
  }
}

Fault* FrameGraph::take_detached_fault(std::uint32_t node) {
  return detached_[node]->take_fault();
}

// --- What anybody may call.

FrameRun::Host::Begun FrameGraph::begin(FrameRun& run, std::uint32_t node, Queue<Job>& jobs) {
  Slot& slot = slot_of(run);
  FrameNode const& of = nodes_[node];
  note_begun(slot.number, node);
  if (of.is_script && !of.is_late) {
    if (of.is_detached) {
      go(kDetached, node);
      return Begun::Over;
    }
    slot.scripts[node]->await();
    jobs.push_back(*slot.scripts[node]);
    return Begun::Goes;
  }
  if (!tell(slot.items[node]))
    run.stop();
  else if (!of.is_detached)
    return Begun::Goes;
  return Begun::Over;
}

void FrameGraph::submit(FrameRun& run, Queue<Job>& jobs) {
  if (home_.submit(jobs)) return;
  run.stop();  // Or each that is dropped would begin others.
  while (Job* const job = jobs.pop_front()) static_cast<Script&>(*job).drop();
}

void FrameGraph::ended(FrameRun& run) {
  end(slot_of(run), true);
}

void FrameGraph::end(Slot& slot, bool is_told) {
  auto const self = std::move(slot.self);
  note_ended(slot.number, size());
  if (is_told) (void)tell(slot.items[size()]);
  home_.finished(1);
}

void FrameGraph::shut() {
  std::vector<Item*> out;
  {
    LockGuard const guarded(lock_);
    is_shut_ = true;
    while (events_.pop_front() != nullptr) {
    }
    for (auto const& slot : slots_) {
      slot->run.stop();
      for (Item& item : slot->items) {
        bool const is_node = item.event.what == FrameEvent::What::Turn;
        if (is_node && item.state != Item::State::Idle) out.push_back(&item);
        item.state = Item::State::Idle;
      }
    }
  }
  for (Item* const item : out) {
    if (!nodes_[item->event.node].is_detached) {
      finished(item->event.slot, item->event.node, make_fault(FaultCode::Cancelled), true);
    }
  }
  for (Script* const script : all_scripts()) script->is_cancelled.store(true, relaxed);
}

bool FrameGraph::is_shut() {
  LockGuard const guarded(lock_);
  return is_shut_;
}

void FrameGraph::fail_waiting_scripts() {
  for (Script* const script : all_scripts()) script->fail_waiting();
}

void FrameGraph::drop_scripts() {
  for (Script* const script : all_scripts()) script->drop();
}

// They stay as long as the graph (G3).
std::vector<FrameGraph::Script*> FrameGraph::all_scripts() {
  std::vector<Script*> all;
  LockGuard const guarded(lock_);
  for (auto const& slot : slots_) {
    for (auto const& script : slot->scripts) {
      if (script != nullptr) all.push_back(script.get());
    }
  }
  for (auto const& script : detached_) {
    if (script != nullptr) all.push_back(script.get());
  }
  return all;
}

// --- Where things are.

FrameGraph::Slot& FrameGraph::slot_of(FrameRun& run) {
  for (auto const& slot : slots_) {
    if (&slot->run == &run) return *slot;
  }
  CHECK(false);
}

std::unique_ptr<FrameGraph::Script>& FrameGraph::script_at(std::uint32_t slot, std::uint32_t node) {
  return slot == kDetached ? detached_[node] : slots_[slot]->scripts[node];
}

FrameGraph::Item& FrameGraph::item_at(std::uint32_t slot, std::uint32_t node) {
  return slot == kDetached ? detached_items_[node] : slots_[slot]->items[node];
}

FrameGraph::Script& FrameGraph::fresh_script(std::uint32_t slot, std::uint32_t node) {
  std::unique_ptr<Script>& at = script_at(slot, node);
  auto fresh = std::make_unique<Script>(*this, slot, node, at.get());
  LockGuard const guarded(lock_);
  if (at != nullptr) spent_.push_back(std::move(at));  // G3
  at = std::move(fresh);
  return *at;
}

// --- Items: G1.

// False: nobody takes events any more.
bool FrameGraph::tell(Item& item) {
  bool is_first = false;
  {
    LockGuard const guarded(lock_);
    if (is_shut_) return false;
    item.state = Item::State::Waiting;
    ++item.turn;
    is_first = events_.empty();
    events_.push_back(item);
  }
  if (is_first) mailbox_.post(std::make_unique<TokenLetter>(token_, RecordKind::Progress));
  return true;
}

// False also once nobody takes events any more.
bool FrameGraph::has_nothing_to_tell() {
  LockGuard const guarded(lock_);
  return !is_shut_ && events_.empty();
}

// False: it is not the owner's any more.
bool FrameGraph::take_back(Item& item, std::uint32_t turn) {
  LockGuard const guarded(lock_);
  if (item.state != Item::State::Out || item.turn != turn) return false;
  item.state = Item::State::Idle;
  return true;
}

bool FrameGraph::finish_item(Item& item, std::uint32_t turn, bool has_failed, Fault* fault) {
  if (!take_back(item, turn)) {
    drop(fault);
    return false;
  }
  finished(item.event.slot, item.event.node, fault, has_failed);
  return true;
}

void FrameGraph::finished(std::uint32_t slot, std::uint32_t node, Fault* fault, bool has_failed) {
  note_ended(slot, node);
  FrameRun& run = slots_[slot]->run;
  if (has_failed) {
    run.fail(node, fault);
  } else {
    run.finish(node);
  }
}

void FrameGraph::note_begun(std::uint32_t slot, std::uint32_t node) {
  slots_[slot]->times[2 * node] = now_ns();
}

void FrameGraph::note_ended(std::uint32_t slot, std::uint32_t node) {
  slots_[slot]->times[2 * node + 1] = now_ns();
}

}  // namespace heddle
