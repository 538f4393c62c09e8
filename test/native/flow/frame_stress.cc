// Stress: frames of random graphs, several in flight. Nodes are jobs, values, and such as another
// thread finishes; some are not active, some fail, some frames are stopped. A node sees what all of
// its predecessors have done in this frame, a value is what it is when computed in order, and the
// graph is as good as new after each frame.

#include <algorithm>
#include <thread>

#include "base/futex.h"
#include "base/random.h"
#include "flow/frame_run.h"
#include "flow/graph.h"
#include "support/stress.h"

using namespace heddle;

namespace {

constexpr std::uint32_t kSlots = 2;

struct Made {
  FramePlan plan;
  std::vector<std::vector<std::uint32_t>> predecessors;  // By node.
};

// Each node has a register, and a value adds one to the sum of two before it.
Made random_graph(Random& random, std::uint32_t count) {
  Made made;
  made.predecessors.resize(count);
  std::vector<std::vector<std::uint32_t>> successors(count);
  made.plan.nodes.resize(count + 1);
  made.plan.registers.resize(count + 1);
  made.plan.registers[count].number = 1;
  for (std::uint32_t node = 0; node < count; ++node) {
    for (std::uint32_t other = 0; other < node; ++other) {
      if (random.below(count) >= 3) continue;
      successors[other].push_back(node);
      made.predecessors[node].push_back(other);
    }
  }
  Kernel const add = scalar_kernels().of[std::size_t(Type::Number)][std::size_t(CommandCode::Add)];
  for (std::uint32_t node = 0; node < count; ++node) {
    FramePlan::Node& of = made.plan.nodes[node];
    auto const& before = made.predecessors[node];
    of.kind = FramePlan::Kind(random.below(3));
    of.predecessors = std::uint32_t(before.size());
    of.first_successor = std::uint32_t(made.plan.successors.size());
    of.first_step = std::uint32_t(made.plan.steps.size());
    if (before.empty()) made.plan.roots.push_back(node);
    for (std::uint32_t const to : successors[node]) made.plan.successors.push_back(to);
    if (of.kind != FramePlan::Kind::Value) continue;
    std::uint32_t left = count;
    for (std::uint32_t const from : before) {
      made.plan.steps.push_back({add, CommandCode::Add, left, from, node});
      left = node;
    }
    made.plan.steps.push_back({add, CommandCode::Add, left, count, node});
  }
  made.plan.nodes[count].first_successor = std::uint32_t(made.plan.successors.size());
  made.plan.nodes[count].first_step = std::uint32_t(made.plan.steps.size());
  return made;
}

class Frames : public FrameRun::Host {
 public:
  Frames(Home& home, Random& random, std::uint32_t count)
      : home_(home),
        made_(random_graph(random, count)),
        size_(count),
        outside_([this] { finish_from_outside(); }) {
    for (auto& slot : slots_) {
      slot = std::make_unique<Slot>(*this);
      for (std::uint32_t node = 0; node < count; ++node) slot->nodes[node].host = this;
    }
  }

  ~Frames() {
    if (given_.push(last_)) wake_outside();
    outside_.join();
  }

  // Starts a frame in the slot, waiting for the one before.
  void frame(std::uint32_t number, Random& random) {
    Slot& slot = *slots_[number % kSlots];
    await(slot);
    slot.frame = number;
    slot.fails = random.below(3) == 0 ? random.below(2 * size_) : FrameRun::kNone;
    slot.is_stopped = random.below(8) == 0;
    for (auto& active : slot.active) active = random.below(10) == 0 ? 0 : 1;
    std::copy(made_.plan.registers.begin(), made_.plan.registers.end(),
              slot.run.registers().begin());
    slot.is_in_flight.store(1, relaxed);
    home_.expect(1);
    bool const is_over = slot.run.start(slot.active.data());
    if (slot.is_stopped) slot.run.stop();
    if (is_over) ended(slot.run);
  }

  void finish() {
    for (auto& slot : slots_) await(*slot);
  }

  std::uint64_t failed = 0, whole = 0;

 private:
  struct Node : Job {
    Node() : Job(run, Kind::Plain) {}

    static Job* run(Job& self) {
      auto& node = static_cast<Node&>(self);
      node.host->run_node(node);
      return nullptr;
    }

    Frames* host = nullptr;
    std::uint32_t slot = 0;
    std::uint32_t number = 0;
  };

  struct Slot {
    explicit Slot(Frames& host)
        : run(host.made_.plan, host), nodes(host.size_), active(host.size_), seen(host.size_) {}

    FrameRun run;
    std::vector<Node> nodes;
    std::vector<std::uint8_t> active;
    std::vector<std::uint32_t> seen;  // In which frame each has run; not atomic, on purpose.
    std::uint32_t frame = 0;
    std::uint32_t fails = 0;
    bool is_stopped = false;
    Atomic<std::uint32_t> is_in_flight{0};
  };

  Begun begin(FrameRun& run, std::uint32_t number, Queue<Job>& jobs) override {
    std::uint32_t const at = &slots_[0]->run == &run ? 0 : 1;
    Slot& slot = *slots_[at];
    Node& node = slot.nodes[number];
    node.slot = at;
    node.number = number;
    switch (number % 3) {
      case 0:
        note(slot, number);
        return Begun::Over;
      case 1:
        jobs.push_back(node);
        break;
      default:
        if (given_.push(node)) wake_outside();
    }
    return Begun::Goes;
  }

  void submit(FrameRun&, Queue<Job>& jobs) override { CHECK(home_.submit(jobs)); }

  void ended(FrameRun& run) override {
    Slot& slot = &slots_[0]->run == &run ? *slots_[0] : *slots_[1];
    Home& home = home_;  // Who sees that it is over may end us.
    // Release pairs with await(): all of the frame.
    slot.is_in_flight.store(0, release);
    futex_wake(slot.is_in_flight, 1);
    home.finished(1);
  }

  void run_node(Node& node) {
    Slot& slot = *slots_[node.slot];
    note(slot, node.number);
    if (slot.fails == node.number) {
      slot.run.fail(node.number, make_fault(FaultCode::Cancelled));
    } else {
      slot.run.finish(node.number);
    }
  }

  // R1.
  void note(Slot& slot, std::uint32_t number) {
    CHECK(slot.active[number] != 0 && slot.seen[number] != slot.frame);
    slot.seen[number] = slot.frame;
    if (slot.run.is_over()) return;
    for (std::uint32_t const before : made_.predecessors[number]) {
      bool const runs = slot.active[before] != 0 &&
                        made_.plan.nodes[before].kind == FramePlan::Kind::Hosted;
      CHECK(!runs || slot.seen[before] == slot.frame || slot.run.is_over());
    }
  }

  void await(Slot& slot) {
    // Acquire pairs with ended().
    while (slot.is_in_flight.load(acquire) != 0) futex_wait(slot.is_in_flight, 1);
    if (slot.frame == 0) return;
    Fault* const fault = slot.run.take_fault();
    bool const has_failed = slot.run.failed_node() != FrameRun::kNone;
    CHECK(has_failed == (fault != nullptr));
    if (has_failed) CHECK(slot.run.failed_node() == slot.fails);
    drop(fault);
    if (has_failed) ++failed;
    if (!has_failed && !slot.is_stopped) {
      check_values(slot);
      ++whole;
    }
  }

  void check_values(Slot& slot) {
    std::vector<double> expected(size_);
    for (std::uint32_t node = 0; node < size_; ++node) {
      bool const hosted = made_.plan.nodes[node].kind == FramePlan::Kind::Hosted;
      if (hosted) CHECK(slot.active[node] == 0 || slot.seen[node] == slot.frame);
      if (made_.plan.nodes[node].kind != FramePlan::Kind::Value || slot.active[node] == 0) continue;
      expected[node] = 2;
      for (std::uint32_t const before : made_.predecessors[node]) {
        expected[node] += expected[before];
      }
      CHECK(slot.run.registers()[node].number == expected[node]);
    }
  }

  void finish_from_outside() {
    for (;;) {
      Queue<Job> taken = given_.take();
      while (Job* const job = taken.pop_front()) {
        if (job == &last_) return;
        run_node(static_cast<Node&>(*job));
      }
      if (!given_.has_items() && given_.doze()) {
        while (bell_.load(acquire) == 0) futex_wait(bell_, 0);
        bell_.store(0, relaxed);
      }
    }
  }

  void wake_outside() {
    bell_.store(1, release);
    futex_wake(bell_, 1);
  }

  Home& home_;
  Made const made_;
  std::uint32_t const size_;
  std::unique_ptr<Slot> slots_[kSlots];
  Node last_;
  Inbox<Job> given_;
  Atomic<std::uint32_t> bell_{0};
  std::thread outside_;
};

void stress(test::Stress const& run) {
  Random random(run.seed);
  std::uint64_t failed = 0;
  std::uint64_t whole = 0;
  for (std::uint32_t size : {1u, 2u, 10u, 60u, 300u}) {
    test::Graph graph(1 + random.below(4));
    {
      Frames frames(graph.home(), random, size);
      for (std::uint32_t frame = 1; frame <= run.scaled(1000); ++frame) {
        frames.frame(frame, random);
        run.progress();
      }
      frames.finish();
      failed += frames.failed;
      whole += frames.whole;
    }
  }
  CHECK(failed > 0 && whole > 0);
}

}  // namespace

int main(int argc, char** argv) {
  return test::run_seeds(argc, argv, 5, stress);
}
