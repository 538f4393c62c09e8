// Model: nobody sleeps beside work that could be had, or without having asked for it (C2, C6).
//
// Threads play an owner, who forks, joins, suspends and goes on, a worker that runs out of work and
// falls asleep, and a thief that takes a task at the wrong moment. A worker that would sleep ends
// here as parked. When all have ended and it is still parked, nothing may be shared where it could
// have found it, and the next fork of the running fiber must come to the slow path, which wakes it.

#include <array>
#include <optional>

#include "base/cpu.h"
#include "model/suite.h"
#include "sched/sleepers.h"
#include "sched/split_deque.h"
#include "sched/victim.h"

using namespace heddle;

namespace {

struct alignas(64) Record {
  Plain<int> number = 0;
  Atomic<bool> is_done{false};

  void prepare() { is_done.store(false, relaxed); }
};

using Deque = SplitDeque<Record>;

constexpr std::uint32_t kCapacity = 3;

struct alignas(64) Stack {
  Plain<Stack*> next = nullptr;
  Plain<bool> is_listed = false;
  alignas(64) Deque deque{kCapacity, Helping::ByThieves};
  std::array<Record, kCapacity + 1> slots;  // Right behind it.
};

bool anything(Stack const&) {
  return true;
}

struct Shared {
  Sleepers sleepers{1};
  Victim<Stack, Record> victim;
  Stack stack;
  Sleeper sleeper;
  std::size_t head = 0;  // The owner's.
  int taken = 0;
  int joined = 0;           // By a plain call.
  bool is_running = false;  // The fiber of `stack`, at the end.

  // --- The owner.

  void enter() {
    if (model::mutant("asks before the stack is the current one")) {
      stack.deque.withdraw();
      bool const asked = sleepers.is_hungry();
      victim.enter(stack, sleepers);
      stack.deque.withdraw();
      if (asked) stack.deque.ask();
    } else {
      victim.enter(stack, sleepers);
    }
    is_running = true;
  }

  // Worker::fork_slow()
  void fork() {
    std::size_t const mark = head;
    stack.deque.slot(mark).number.write(1);
    head += Deque::kStep;
    if (stack.deque.push(head)) return;
    Deque::Slow const slow = stack.deque.push_slow(mark);
    model::require(slow == Deque::Slow::Shared || slow == Deque::Slow::Pushed, "it is not full");
    if (!model::mutant("sharing wakes nobody")) sleepers.wake_one(kFiber);
  }

  // Worker::join_slow().
  void join_own() {
    head -= Deque::kStep;
    if (stack.deque.pop(head) || stack.deque.take_back(head) == TakeBack::Mine) {
      ++joined;
      return;
    }
    // Acquire pairs with steal().
    while (!stack.deque.slot(head).is_done.load(acquire)) cpu_relax();
    stack.deque.settle(head);
  }

  // Worker::suspend()
  void suspend() {
    if (head != 0) {
      stack.deque.share_all();
      if (stack.deque.has_shared() && !model::mutant("a suspended fiber is not listed")) {
        victim.list(stack);
        sleepers.wake_one(kFiber);
      }
    }
    victim.leave();
    is_running = false;
  }

  // --- A worker that runs out of work: Worker::park().

  void fall_asleep() {
    sleepers.park(sleeper, kEverything, false);
    if (!model::mutant("no last look") && victim.has_shared(anything)) {
      sleepers.unpark(sleeper);
      return;
    }
    if (!model::mutant("private tasks are not looked for") && has_private()) {
      sleepers.unpark(sleeper);
    }
  }

  // Scheduler::private_needs().
  bool has_private() {
    if (!victim.is_entered()) return false;
    membarrier();  // Pairs with the compiler barrier in push() (D3).
    return victim.find_private(anything) != nullptr;
  }

  // --- Another one, who is not hungry when it is done.

  void steal() {
    bool const searching = sleepers.search();
    take_one();
    if (searching) stop_searching();
  }

  // Worker::stop_searching().
  void stop_searching() {
    if (!sleepers.found() || model::mutant("the last searcher does not look")) return;
    if (victim.has_shared(anything) || has_private()) sleepers.wake_one(kFiber);
  }

  void take_one() {
    Record* record = nullptr;
    Stack* from = nullptr;
    Steal const outcome = model::mutant("the last task is taken without a look around")
                              ? stack.deque.steal(record)
                              : victim.steal(record, from, sleepers, anything);
    if (outcome != Steal::Taken) return;
    (void)record->number.read();
    ++taken;
    // Release pairs with join_own().
    record->is_done.store(true, release);
  }

  void check_demand() {
    if (!sleeper.is_parked) return;
    model::require(!stack.deque.has_shared(), "asleep beside shared work");
    if (!is_running) return;
    model::require(!stack.deque.has_private(), "asleep beside private work");
    stack.deque.slot(head).number.write(1);
    model::require(!stack.deque.push(head + Deque::kStep), "asleep, and nobody has asked");
  }
};

void a_fork_meets_a_worker_that_falls_asleep(model::Program& program) {
  auto* s = program.make<Shared>();
  s->enter();
  program.thread("owner", [=] {
    s->fork();
    s->fork();
  });
  program.thread("sleeper", [=] { s->fall_asleep(); });
  program.finally([=] { s->check_demand(); });
}

void a_fiber_is_entered_while_a_worker_falls_asleep(model::Program& program) {
  auto* s = program.make<Shared>();
  program.thread("owner", [=] {
    s->enter();
    s->fork();
  });
  program.thread("sleeper", [=] { s->fall_asleep(); });
  program.finally([=] { s->check_demand(); });
}

// A stack that no thief has seen before: what it is made of comes with it.
void a_new_stack_is_entered_while_others_look(model::Program& program) {
  struct New {
    Sleepers sleepers{1};
    Victim<Stack, Record> victim;
    std::optional<Stack> stack;
  };
  auto* s = program.make<New>();
  program.thread("owner", [=] {
    s->stack.emplace();
    s->victim.enter(*s->stack, s->sleepers);
  });
  program.thread("thief", [=] {
    Record* record = nullptr;
    Stack* from = nullptr;
    (void)s->victim.steal(record, from, s->sleepers, anything);
  });
  program.thread("sleeper", [=] { (void)s->victim.has_shared(anything); });
  program.thread("helper", [=] {
    (void)s->victim.find_private(anything);
    (void)s->victim.help(anything);
  });
}

// The thief makes the demand that it meets disappear: who takes the last task renews it.
void the_last_task_is_stolen_while_a_worker_falls_asleep(model::Program& program) {
  auto* s = program.make<Shared>();
  s->enter();
  s->stack.deque.ask();
  program.thread("owner", [=] {
    s->fork();  // Shared, and the demand is met.
    s->fork();
  });
  program.thread("thief", [=] { s->steal(); });
  program.thread("sleeper", [=] { s->fall_asleep(); });
  program.finally([=] { s->check_demand(); });
}

void the_last_task_is_taken_back_while_a_worker_falls_asleep(model::Program& program) {
  auto* s = program.make<Shared>();
  s->enter();
  s->fork();
  s->fork();
  s->stack.deque.share_all();
  program.thread("owner", [=] { s->join_own(); });
  program.thread("sleeper", [=] { s->fall_asleep(); });
  program.finally([=] { s->check_demand(); });
}

// Two are asleep, and sharing wakes only one. It comes too late for the task, which the owner has
// taken back; so it must ask for the other, too, before it sleeps again.
void one_of_two_is_woken_for_nothing(model::Program& program) {
  struct Two : Shared {
    Sleeper woken;
  };
  auto* s = program.make<Two>();
  s->sleepers.park(s->sleeper, kEverything, false);
  s->sleepers.park(s->woken, kEverything, false);  // The last, so the first to be woken.
  s->enter();
  program.thread("owner", [=] {
    s->fork();
    s->join_own();
    s->fork();
  });
  program.thread("woken", [=] {
    s->sleepers.sleep(s->woken);
    s->take_one();
    s->stop_searching();  // Busy from here on, with whatever it was.
  });
  program.finally([=] { s->check_demand(); });
}

void a_parent_suspends_while_a_worker_falls_asleep(model::Program& program) {
  auto* s = program.make<Shared>();
  s->enter();
  program.thread("owner", [=] {
    s->fork();
    s->suspend();
  });
  program.thread("sleeper", [=] { s->fall_asleep(); });
  program.finally([=] { s->check_demand(); });
}

// What it had shared before is still there, or is being stolen, when it goes on (D1, D2).
void a_suspended_parent_goes_on(model::Program& program) {
  auto* s = program.make<Shared>();
  s->enter();
  s->fork();
  s->suspend();
  program.thread("owner", [=] {
    s->enter();
    s->fork();
  });
  program.thread("thief", [=] { s->steal(); });
  program.thread("sleeper", [=] { s->fall_asleep(); });
  program.finally([=] { s->check_demand(); });
}

// The fiber leaves, and comes back, while a thief shares on its behalf.
void a_fiber_is_switched_under_a_thief_that_helps(model::Program& program) {
  auto* s = program.make<Shared>();
  s->enter();
  s->fork();
  program.thread("owner", [=] {
    s->suspend();
    s->enter();
    s->join_own();
  });
  program.thread("thief", [=] {
    (void)s->victim.help(anything);
    s->take_one();
  });
  program.finally(
      [=] { model::require(s->taken + s->joined == 1, "a task was lost or ran twice"); });
}

// Also when the thief has emptied the list, and it suspends once more.
void a_parent_suspends_again(model::Program& program) {
  auto* s = program.make<Shared>();
  s->enter();
  s->fork();
  s->suspend();
  program.thread("owner", [=] {
    s->enter();
    s->fork();
    s->suspend();
  });
  program.thread("thief", [=] {
    s->steal();
    s->steal();
  });
  program.finally([=] {
    // A worker that comes now finds what is left.
    s->fall_asleep();
    s->check_demand();
    model::require(s->taken == 2 || s->victim.has_shared(anything), "a task cannot be found");
  });
}

}  // namespace

int main(int argc, char** argv) {
  return model::Suite()
      .program("a fork meets a worker that falls asleep", a_fork_meets_a_worker_that_falls_asleep)
      .program("a fiber is entered while a worker falls asleep",
               a_fiber_is_entered_while_a_worker_falls_asleep)
      .program("a new stack is entered while others look", a_new_stack_is_entered_while_others_look,
               {.preemptions = 2})
      .program("the last task is stolen while a worker falls asleep",
               the_last_task_is_stolen_while_a_worker_falls_asleep, {.preemptions = 2})
      .program("the last task is taken back while a worker falls asleep",
               the_last_task_is_taken_back_while_a_worker_falls_asleep)
      .program("one of two is woken for nothing", one_of_two_is_woken_for_nothing)
      .program("a parent suspends while a worker falls asleep",
               a_parent_suspends_while_a_worker_falls_asleep)
      .program("a suspended parent goes on", a_suspended_parent_goes_on, {.preemptions = 1})
      .program("a fiber is switched under a thief that helps",
               a_fiber_is_switched_under_a_thief_that_helps, {.preemptions = 2})
      .program("a parent suspends again", a_parent_suspends_again, {.preemptions = 2})
      .mutates("victim.h")
      .mutates("sleepers.h")
      .run(argc, argv);
}
