// Model: on top of a join that waits only descendants of its child are run (C4), whatever the thief
// does meanwhile, and whoever claims a stranger knows it.
//
// The thief runs the child: it forks a grandchild, joins it, and is done. Then it runs something
// else on the same task stack, and forks there. The waiting worker claims from that stack at any
// moment, as Worker::leapfrog() does.

#include <array>

#include "base/cpu.h"
#include "model/suite.h"
#include "sched/split_deque.h"

using namespace heddle;

namespace {

enum class Root : int { Child, Other };

struct alignas(64) Record {
  Plain<Root> root = Root::Child;
  Atomic<bool> is_done{false};

  void prepare() { is_done.store(false, relaxed); }
};

using Deque = SplitDeque<Record>;

struct Shared {
  alignas(64) Deque deque{2, Helping::ByThieves};  // The thief's.
  std::array<Record, 3> slots;                     // Right behind it.
  Plain<int> result = 0;                           // Of the child.
  Atomic<bool> child_is_done{false};
  std::size_t head = 0;
  int leapt = 0;
  int adopted = 0;

  // --- The thief of the child.

  void fork_and_join(Root root) {
    deque.slot(head).root = root;
    head += Deque::kStep;
    if (!deque.push(head)) (void)deque.push_slow(head - Deque::kStep);
    (void)deque.share_all();
    head -= Deque::kStep;
    if (deque.pop(head) || deque.take_back(head) == TakeBack::Mine) return;
    // Acquire pairs with leapfrog().
    while (!deque.slot(head).is_done.load(acquire)) cpu_relax();
    deque.settle(head);
  }

  void run_child_and_another() {
    fork_and_join(Root::Child);
    result = 1;
    // Relaxed: what follows is shared with a release, which the claim acquires.
    child_is_done.store(true, relaxed);
    fork_and_join(Root::Other);
  }

  // --- The owner of the child, who waits for it.

  void leapfrog() {
    Record* record = nullptr;
    bool const early = model::mutant("the child is looked at before the claim");
    bool done = early && child_is_done.load(relaxed);
    if (deque.steal(record) != Steal::Taken) return;
    if (!early) done = child_is_done.load(relaxed);
    Root const root = record->root;
    if (done) {
      ++adopted;
      model::require(result == 1, "the child is done without its result");
    } else {
      ++leapt;
      model::require(root == Root::Child, "a stranger runs on top of a waiting stack");
      model::require(!child_is_done.load(relaxed), "the child was done without its own child");
    }
    // Release pairs with fork_and_join().
    record->is_done.store(true, release);
  }
};

void only_descendants_run_on_a_waiting_stack(model::Program& program) {
  auto* s = program.make<Shared>();
  program.thread("thief", [=] { s->run_child_and_another(); });
  program.thread("owner", [=] { s->leapfrog(); });
}

void a_stranger_is_known(model::Program& program) {
  auto* s = program.make<Shared>();
  program.thread("thief", [=] { s->run_child_and_another(); });
  program.thread("owner", [=] {
    for (int i = 0; i < 3; ++i) s->leapfrog();
  });
}

}  // namespace

int main(int argc, char** argv) {
  return model::Suite()
      .program("only descendants run on a waiting stack", only_descendants_run_on_a_waiting_stack)
      .program("a stranger is known", a_stranger_is_known, {.preemptions = 2})
      .mutates("leapfrog_model.cc")
      .run(argc, argv);
}
