// Stress: random graphs over two homes come out as a plain loop computes them, while the stream's
// thread records, helps, frees blocks, values come from workers and from a thread of nobody's, and
// one home is closed in the middle.

#include <thread>

#include "flow/graph.h"
#include "support/stress.h"

using namespace heddle;
using test::Graph;

namespace {

constexpr std::uint32_t kBlocks = 40;

struct Expected {
  double value;
  bool may_be_cancelled;
};

// Brings a value, from a worker.
struct Bring : Job {
  Bring(Cell& to, double number) : Job(run, Kind::Plain), cell(to), value(number) {}

  static Job* run(Job& self) {
    auto& bring = static_cast<Bring&>(self);
    bring.cell.value.number = bring.value;
    settle_outside(bring.cell);
    delete &bring;
    return nullptr;
  }

  Cell& cell;
  double value;
};

// A thread that belongs to no scheduler, and brings what it is given.
class Outsider {
 public:
  Outsider() : thread_([this] { work(); }) {}
  ~Outsider() {
    stop_.store(true, relaxed);
    thread_.join();
  }

  void give(Bring& bring) { (void)inbox_.push(bring); }

 private:
  void work() {
    while (true) {
      bool const is_last = stop_.load(relaxed);
      Queue<Job> jobs = inbox_.take();
      while (Job* job = jobs.pop_front()) (void)job->run(*job);
      if (is_last && !inbox_.has_items()) return;
      sched_yield();
    }
  }

  Inbox<Job> inbox_;
  Atomic<bool> stop_{false};
  std::thread thread_;
};

struct Program {
  Random& random;
  Stream& stream;
  Graph& first;
  Graph& second;
  Outsider& outsider;
  std::vector<Expected> expected;
  std::uint32_t waiting = 0;  // Operations that were not computed at once.

  void record_leaf(Handle to);
  void record_operation(Handle to, bool second_is_closed);
  void record_block(bool second_is_closed);
};

void Program::record_leaf(Handle to) {
  double const value = random.below(100);
  expected.push_back({value, false});
  std::uint32_t const kind = random.below(3);
  if (kind == 0) {
    Command const command = Graph::number(to, value);
    stream.consume(nullptr, &command, 1);
    return;
  }
  auto* bring = new Bring(stream.expect(first.home(), to, Type::Number), value);
  if (kind == 1) {
    outsider.give(*bring);
  } else {
    Queue<Job> jobs;
    jobs.push_back(*bring);
    CHECK(first.home().submit(jobs));
  }
}

void Program::record_operation(Handle to, bool second_is_closed) {
  Handle const left = random.below(to);
  Handle const right = to - 1 - random.below(std::min(to, 20u));
  bool const on_second = !second_is_closed && random.below(2) == 0;
  CommandCode const code = random.below(2) == 0 ? CommandCode::Add : CommandCode::Sub;
  Expected const a = expected[left];
  Expected b = expected[right];
  Command command = Graph::operation(code, Type::Number, to, left, right);
  if (random.below(4) == 0) {
    b = {double(random.below(100)), false};
    command = Graph::with_number(code, to, Form::ValueRight, left, b.value);
  }
  stream.consume(on_second ? &second.home() : &first.home(), &command, 1);
  if (!stream.cell(to).is_settled()) ++waiting;
  expected.push_back({code == CommandCode::Add ? a.value + b.value : a.value - b.value,
                      on_second || a.may_be_cancelled || b.may_be_cancelled});
  if (random.below(64) == 0) stream.help(stream.cell(random.below(to + 1)));
}

void Program::record_block(bool second_is_closed) {
  Handle const base = stream.add_block().value() * kBlockCells;
  CHECK(base == expected.size());
  for (Handle to = base; to < base + kBlockCells; ++to) {
    if (to < 2 || random.below(8) == 0) {
      record_leaf(to);
    } else {
      record_operation(to, second_is_closed);
    }
  }
}

void stress(test::Stress const& run) {
  Random random{run.seed};
  Graph first(1 + random.below(4));
  Graph second(1 + random.below(4));
  Stream stream(scalar_kernels());
  std::uint32_t const close_at = random.below(kBlocks);
  std::uint32_t values = 0;
  {
    Outsider outsider;
    Program program{random, stream, first, second, outsider, {}, 0};
    for (std::uint32_t block = 0; block < kBlocks; ++block) {
      if (block == close_at) second.close();
      program.record_block(block >= close_at);
    }
    for (Handle handle = 0; handle < program.expected.size(); ++handle) {
      Cell& cell = stream.cell(handle);
      if (random.below(16) == 0) stream.help(cell);
      test::await(cell);
      Expected const& expected = program.expected[handle];
      if (cell.fault != nullptr) {
        CHECK(expected.may_be_cancelled && cell.fault->code == FaultCode::Cancelled);
      } else {
        ++values;
        // Sums of sums grow beyond 2^53 in a deep graph; both sides round alike.
        CHECK(cell.value.number == expected.value);
      }
    }
    CHECK(program.waiting > 0);
  }
  CHECK(values > 0);
  while (!second.home().is_quiet()) sched_yield();
  first.close();
}

}  // namespace

int main(int argc, char** argv) {
  return test::run_seeds(argc, argv, 20, stress);
}
