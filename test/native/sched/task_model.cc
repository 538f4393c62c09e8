// Model: a join and the thief that finishes its child never miss each other (C1).
//
// The owner looks whether the child is done, leaves its stack, and then offers itself as the
// waiter; the thief leaves its result and resumes whom it finds. In every interleaving the owner
// goes on exactly once, with the result, and the thief never touches a fiber that has not left
// its stack, nor a record that its owner uses again.

#include "base/cpu.h"
#include "model/suite.h"
#include "sched/inbox.h"
#include "sched/sleepers.h"
#include "sched/task.h"

using namespace heddle;

namespace {

// What resume() touches of a suspended fiber.
struct FakeFiber {
  Plain<FakeFiber*> next = nullptr;
  Plain<bool> has_left = false;
};

struct Shared {
  FakeFiber fiber;
  Task task;
  Plain<int> payload = 0;
  Inbox<FakeFiber> inbox;
  Sleepers sleepers{1};
  Sleeper sleeper;
  int resumed = 0;

  Shared() { task.state.store(Task::kForked, relaxed); }

  // --- The thief, after its claim: Worker::run_fiber().

  void run_child() {
    payload.write(42);
    bool const stores = model::mutant("the thief stores instead of exchanging");
    TaskWaiter const found = stores ? TaskWaiter{store_done()} : finish(task);
    if (found.is_seat()) {
      model::require(found.seat() == &sleeper, "another seat was woken");
      sleepers.wake(sleeper);
    } else if (found.fiber() != nullptr) {
      post(*reinterpret_cast<FakeFiber*>(found.fiber()));
    }
  }

  std::uintptr_t store_done() {
    auto const before = task.state.load(acquire);
    task.state.store(Task::kDone, release);
    return before;
  }

  // resume()
  void post(FakeFiber& who) {
    model::require(who.has_left.read(), "a fiber was resumed that had not left its stack");
    if (inbox.push(who)) sleepers.wake(sleeper);
  }

  // --- The owner: Worker::join_slow() on the fiber, the loop on its own stack.

  void join(int spins) {
    for (int i = 0; i < spins; ++i) {
      if (is_done(task)) return take_result();
      cpu_relax();
    }
    bool const early = model::mutant("the waiter is published before it has left");
    bool const waits = early && await();
    fiber.has_left.write(true);
    if (!early ? !await() : !waits) post(fiber);
    loop_until_resumed();
    model::require(is_done(task), "resumed before the child was done");
    take_result();
  }

  bool await() { return await_task(task, reinterpret_cast<Fiber&>(fiber)); }

  void loop_until_resumed() {
    while (true) {
      Queue<FakeFiber> fibers = inbox.take();
      while (fibers.pop_front() != nullptr) ++resumed;
      if (resumed > 0) return;
      sleepers.park(sleeper, kFiber, false);
      if (inbox.doze() || model::mutant("the last look is not heeded")) {
        sleepers.sleep(sleeper);
      } else {
        sleepers.unpark(sleeper);
      }
    }
  }

  // --- An isolate, which waits where it is: Worker::await_on_raw() (X3).

  void join_in_seat() {
    if (await_task_in(task, &sleeper)) {
      while (!is_done(task)) {
        sleepers.park(sleeper, kFiber, false);
        sleepers.sleep(sleeper);
      }
    }
    // Also where it was done before: the result is another thread's.
    if (!model::mutant("an isolate does not look again")) {
      model::require(is_done(task), "waited, and it is not done");
    }
    take_result();
  }

  void take_result() {
    model::require(payload.read() == 42, "a result was lost");
    // The record is the owner's again: the next fork fills it.
    payload.write(1);
    task.state.store(Task::kForked, relaxed);
  }
};

void a_join_meets_its_thief(model::Program& program) {
  auto* s = program.make<Shared>();
  program.thread("owner", [=] { s->join(1); });
  program.thread("thief", [=] { s->run_child(); });
  program.finally([=] { model::require(s->resumed <= 1, "a fiber was resumed twice"); });
}

void a_join_waits_for_its_thief(model::Program& program) {
  auto* s = program.make<Shared>();
  program.thread("owner", [=] { s->join(0); });
  program.thread("thief", [=] { s->run_child(); });
  program.finally([=] { model::require(s->resumed == 1, "a fiber was not resumed once"); });
}

void an_isolate_waits_for_its_thief(model::Program& program) {
  auto* s = program.make<Shared>();
  program.thread("isolate", [=] { s->join_in_seat(); });
  program.thread("thief", [=] { s->run_child(); });
}

void a_result_is_found_by_looking(model::Program& program) {
  auto* s = program.make<Shared>();
  program.thread("owner", [=] {
    while (!is_done(s->task)) cpu_relax();
    s->take_result();
  });
  program.thread("thief", [=] { s->run_child(); });
}

}  // namespace

int main(int argc, char** argv) {
  return model::Suite()
      .program("a join meets its thief", a_join_meets_its_thief)
      .program("a join waits for its thief", a_join_waits_for_its_thief)
      .program("an isolate waits for its thief", an_isolate_waits_for_its_thief)
      .program("a result is found by looking", a_result_is_found_by_looking)
      .mutates("task.h")
      .run(argc, argv);
}
