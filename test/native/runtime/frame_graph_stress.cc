// Stress: frame graphs of a runtime whose isolates are threads here. Scripts run, throw, and die
// with their isolates; functions and fences end from other threads; frames are stopped, graphs
// shut, and the runtime is closed at any moment. Each frame ends once, and the next finds all as it
// was.

#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <thread>

#include "base/clock.h"
#include "base/random.h"
#include "runtime/frame_graph.h"
#include "runtime/isolate.h"
#include "runtime/started.h"
#include "support/stress.h"

using namespace heddle;

namespace {

constexpr std::uint32_t kSlots = 2;

// Answers what a job's kernel number says, without any JavaScript.
class Answering final : public Isolate {
 public:
  Answering(std::shared_ptr<Crew> crew, Scripts::Claim claim)
      : Isolate(std::move(crew), claim), thread_([this] { live(); }) {}
  ~Answering() override { thread_.join(); }

 private:
  ScriptAnswer call(ScriptEntry) override {
    CHECK(doubles_.frame.key != 0 && doubles_.frame.values[0] == 7);
    switch (std::uint32_t(doubles_.frame.kernel)) {
      case 1:
        answer("thrown");
        return ScriptAnswer::Thrown;
      case 2:
        return ScriptAnswer::Dead;
      default:
        return ScriptAnswer::Nothing;
    }
  }
  bool can_call() override { return true; }

  void ring() {
    rings_.fetch_add(1, release);
    futex_wake(rings_, 1);
  }

  void live() {
    frame_ = &doubles_.frame;
    ask({[](void* self) { static_cast<Answering*>(self)->ring(); }, this});
    bool is_seated = false;
    for (;;) {
      std::uint32_t const seen = rings_.load(acquire);
      if (!is_seated) is_seated = sit();
      auto turn = Worker::Turn::Idle;
      if (is_seated) turn = take_turn();
      if (is_seated ? turn == Worker::Turn::Over : is_over()) break;
      if (turn == Worker::Turn::Again) continue;
      if (turn == Worker::Turn::Dead) break;
      futex_wait(rings_, seen);
    }
    withdraw();
  }

  struct {
    ScriptFrame frame{};
  } doubles_;
  Atomic<std::uint32_t> rings_{0};
  std::thread thread_;
};

// The thread that has a graph, as lib would.
class Owner {
 public:
  Owner(Runtime& runtime, Random& random)
      : runtime_(runtime),
        random_(random),
        mailbox_(
            [](void* self) {
              auto& bell = static_cast<Owner*>(self)->bell_;
              bell.store(1, release);
              futex_wake(bell, 1);
            },
            this) {
    fd_ = eventfd(1, EFD_CLOEXEC);
    make_graph(2 + random.below(20));
    runtime.crew().scripts().add(graph_);
  }

  ~Owner() {
    graph_->shut();
    (void)close(fd_);
  }

  void frame() {
    std::uint32_t const slot = frames_++ % kSlots;
    bring_isolates();
    while (is_in_flight_[slot]) take_events();
    std::vector<std::uint8_t> active(graph_->size());
    bool const is_empty = random_.below(16) == 0;
    for (std::uint32_t node = 0; node < graph_->size(); ++node) {
      bool const is_busy = nodes_[node].is_detached && runs_[node];
      active[node] = is_empty || is_busy || random_.below(8) == 0 ? 0 : 1;
      if (active[node] == 0 || !nodes_[node].is_script) continue;
      std::uint32_t const where = nodes_[node].is_detached ? FrameGraph::kDetached : slot;
      ScriptRequest& request = graph_->request(where, node);
      request.kernel = random_.below(40);
      request.lane = nodes_[node].is_detached ? Lane::Background : Lane::Frame;
      double const value = 7;
      graph_->set_values(where, node, {&value, 1});
      if (random_.below(4) == 0) graph_->rebind(where, node, "bindings");
      runs_[node] = nodes_[node].is_detached;
      runs_in_[node] = frames_;
    }
    is_in_flight_[slot] = true;
    frame_in_[slot] = frames_;
    if (graph_->start(slot, active.data(), random_.below(4) != 0)) {
      ++over_at_once;
      end_frame(slot);
    }
    if (random_.below(20) == 0) graph_->stop(slot);
    if (random_.below(2) == 0) take_events();
  }

  void finish() {
    for (std::uint32_t slot = 0; slot < kSlots; ++slot) {
      while (is_in_flight_[slot]) take_events();
    }
    for (std::uint32_t node = 0; node < graph_->size(); ++node) {
      while (runs_[node]) take_events();
    }
  }

  // No thread brings isolates any more: those that are there end with the runtime.
  void close_runtime() { runtime_.close(); }

  std::uint64_t ended = 0, failed = 0, detached = 0, over_at_once = 0;

 private:
  void make_graph(std::uint32_t count) {
    FramePlan plan;
    plan.nodes.resize(count + 1);
    std::vector<std::vector<std::uint32_t>> successors(count);
    for (std::uint32_t node = 0; node < count; ++node) {
      bool const is_detached = random_.below(6) == 0;
      bool const is_script = random_.below(3) != 0;
      nodes_.push_back({is_script, is_script && random_.below(3) == 0, is_detached});
      plan.nodes[node].kind = FramePlan::Kind::Hosted;
      for (std::uint32_t other = 0; other < node; ++other) {
        if (nodes_[other].is_detached || random_.below(count) >= 3) continue;
        successors[other].push_back(node);
        ++plan.nodes[node].predecessors;
      }
      if (plan.nodes[node].predecessors == 0) plan.roots.push_back(node);
    }
    for (std::uint32_t node = 0; node <= count; ++node) {
      plan.nodes[node].first_successor = std::uint32_t(plan.successors.size());
      if (node == count) break;
      for (std::uint32_t const to : successors[node]) plan.successors.push_back(to);
    }
    runs_.resize(count);
    runs_in_.resize(count);
    graph_ = std::make_shared<FrameGraph>(runtime_, mailbox_, 1, std::move(plan), nodes_, kSlots);
  }

  void bring_isolates() {
    Scripts& scripts = runtime_.crew().scripts();
    while (Scripts::Claim const claim = scripts.claim()) {
      isolates_.push_back(std::make_unique<Answering>(Crew::find(runtime_.crew().key()), claim));
    }
  }

  void take_events() {
    bring_isolates();
    Record records[16];
    while (mailbox_.deliver(records, 16) > 0) {
    }
    FrameEvent event{};
    while (graph_->take_event(event)) deal_with(event);
    if (!mailbox_.doze()) return;
    (void)futex_wait_until(bell_, 0, now_ns() + 1'000'000);
    bell_.store(0, relaxed);
  }

  void deal_with(FrameEvent const& event) {
    switch (event.what) {
      case FrameEvent::What::Turn:
        take_turn(event.slot, event.node);
        break;
      case FrameEvent::What::Over:
        CHECK(runs_[event.node]);
        runs_[event.node] = false;
        ++detached;
        drop(graph_->take_detached_fault(event.node));
        break;
      case FrameEvent::What::Ended:
        end_frame(event.slot);
    }
  }

  void end_frame(std::uint32_t slot) {
    CHECK(std::exchange(is_in_flight_[slot], false));
    ++ended;
    if (graph_->failed_node(slot) != FrameRun::kNone) ++failed;
    drop(graph_->take_fault(slot));
    // Of detached ones those whose turn did not come.
    for (std::uint32_t node = 0; node < graph_->size(); ++node) {
      bool const is_of_it = runs_[node] && runs_in_[node] == frame_in_[slot];
      if (is_of_it && graph_->times(slot)[2 * node] == 0) runs_[node] = false;
    }
  }

  void take_turn(std::uint32_t slot, std::uint32_t node) {
    FrameNode const& of = nodes_[node];
    if (of.is_script) {
      graph_->go(of.is_detached ? FrameGraph::kDetached : slot, node);
    } else if (of.is_detached) {
      runs_[node] = false;
    } else if (random_.below(4) == 0) {
      graph_->finish_when_readable(slot, node, fd_);
      if (random_.below(2) == 0) graph_->give_up(slot, node);
    } else {
      graph_->finish(slot, node, random_.below(30) == 0);
    }
  }

  Runtime& runtime_;
  Random& random_;
  Atomic<std::uint32_t> bell_{0};
  Mailbox mailbox_;
  int fd_ = -1;
  std::shared_ptr<FrameGraph> graph_;
  std::vector<FrameNode> nodes_;
  std::vector<bool> runs_;              // Of detached scripts.
  std::vector<std::uint32_t> runs_in_;  // The frame in which each began.
  std::vector<std::unique_ptr<Answering>> isolates_;
  bool is_in_flight_[kSlots] = {};
  std::uint32_t frame_in_[kSlots] = {};
  std::uint32_t frames_ = 0;
};

void stress(test::Stress const& run) {
  Random random(run.seed);
  std::uint64_t ended = 0;
  std::uint64_t failed = 0;
  std::uint64_t detached = 0;
  std::uint64_t over_at_once = 0;
  for (std::uint64_t round = 0; round < run.scaled(20); ++round) {
    test::Started started(random);
    {
      Owner owner(*started.runtime, random);
      std::uint32_t const frames = 1 + random.below(60);
      for (std::uint32_t i = 0; i < frames; ++i) {
        owner.frame();
        run.progress();
      }
      if (random.below(2) == 0) owner.finish();
      owner.close_runtime();
      ended += owner.ended;
      failed += owner.failed;
      detached += owner.detached;
      over_at_once += owner.over_at_once;
    }
    while (!started.runtime->is_quiet()) sched_yield();
  }
  CHECK(ended > failed && failed > 0 && detached > 0 && over_at_once > 0);
}

}  // namespace

int main(int argc, char** argv) {
  return test::run_seeds(argc, argv, 5, stress);
}
