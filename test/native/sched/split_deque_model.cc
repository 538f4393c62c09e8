// Model: every record that is pushed runs once, with what was written into it, in every
// interleaving of the owner with one or two thieves.
//
// A record's content is memory whose races the checker finds: the arguments that the owner writes,
// and the result that a thief leaves in their place. The slots are few, so that the same slot and
// the same {tail, split} come back while a thief stands between its look and its claim.

#include <array>

#include "base/cpu.h"
#include "model/suite.h"
#include "sched/split_deque.h"

using namespace heddle;

namespace {

struct Record {
  Plain<int> number = 0;
  Atomic<bool> is_done{false};
};

using Deque = SplitDeque<Record>;

constexpr int kNumbers = 4;
constexpr int kResult = 100;

constexpr char const* kHeadHasNoReader =
    "for thieves that share on the owner's behalf (C3), who will read head; nobody does so yet";

struct Shared {
  explicit Shared(std::uint32_t capacity) : deque(slots.data(), capacity) {}

  void ran(int number) {
    model::require(number >= 0 && number < kNumbers, "a record was run that was not pushed");
    ++runs[static_cast<std::size_t>(number)];
  }

  // --- The owner, as fork and join use the deque.

  void push(int number) {
    Record& record = deque.slot_to_fill();
    record.number.write(number);
    record.is_done.store(false, relaxed);
    if (deque.push()) return;
    if (deque.push_slow() == Deque::Slow::Shared) {
      if (model::mutant("the demand is withdrawn after sharing")) deque.withdraw();
      return;
    }
    (void)deque.answer();
    ran(deque.slot_to_fill().number.read());
    ++overflows;
    deque.block_pops();
  }

  void join() {
    bool const is_private = deque.pop();
    if (overflows > 0) {
      model::require(!is_private, "a pop went past an overflow");
      deque.unpop();
      if (--overflows == 0) deque.unblock_pops();
      return;
    }
    if (is_private || deque.take_back() == TakeBack::Mine) {
      ran(deque.popped().number.read());
      return;
    }
    Record& record = deque.newest();
    // Acquire pairs with steal(): the result.
    while (!model::mutant("a join does not wait for its thief") && !record.is_done.load(acquire)) {
      cpu_relax();
    }
    model::require(record.number.read() >= kResult, "a result was lost");
    deque.settle();
  }

  // --- A thief.

  bool steal() {
    Record* record = nullptr;
    switch (deque.steal(record)) {
      case Steal::Taken:
        break;
      case Steal::Empty:
        deque.ask();
        return false;
      case Steal::Lost:
        return false;
    }
    int const number = record->number.read();
    ran(number);
    record->number.write(kResult + number);
    // Release pairs with join(): the result.
    record->is_done.store(true, release);
    ++stolen;
    return true;
  }
  void steal_times(int attempts) {
    while (attempts-- > 0) (void)steal();
  }

  void check_each_ran_once(int numbers) const {
    for (int i = 0; i < numbers; ++i) {
      model::require(runs[static_cast<std::size_t>(i)] == 1, "a record was lost or ran twice");
    }
    model::require(overflows == 0, "an overflow was not joined");
  }

  std::array<Record, 4> slots;
  Deque deque;
  int overflows = 0;
  std::array<int, kNumbers> runs{};
  int stolen = 0;
};

// Two records, taken by whoever comes first; the thief's first look asks for them.
void a_record_runs_once(model::Program& program) {
  auto* s = program.make<Shared>(2u);
  program.thread("owner", [=] {
    s->push(0);
    s->push(1);
    s->join();
    s->join();
  });
  program.thread("thief", [=] { s->steal_times(3); });
  program.finally([=] { s->check_each_ran_once(2); });
}

// All that is private is shared at once, as before a fiber suspends; one thief takes several.
void all_is_shared_before_the_owner_is_away(model::Program& program) {
  auto* s = program.make<Shared>(3u);
  program.thread("owner", [=] {
    s->push(0);
    s->push(1);
    s->push(2);
    (void)s->deque.share_all();
    for (int i = 0; i < 3; ++i) s->join();
  });
  program.thread("thief", [=] { s->steal_times(2); });
  program.finally([=] { s->check_each_ran_once(3); });
}

void two_thieves_do_not_share_a_record(model::Program& program) {
  auto* s = program.make<Shared>(2u);
  program.thread("owner", [=] {
    s->push(0);
    s->push(1);
    (void)s->deque.share_all();
    s->join();
    s->join();
  });
  program.thread("thief 1", [=] { s->steal_times(2); });
  program.thread("thief 2", [=] { s->steal_times(1); });
  program.finally([=] { s->check_each_ran_once(2); });
}

// A thief stops between its look and its claim. Meanwhile the owner takes the record back, puts
// another in its slot and shares that: the same {tail, split}. What the thief claims is the new
// one.
void a_slot_is_refilled_under_a_thief(model::Program& program) {
  auto* s = program.make<Shared>(1u);
  program.thread("owner", [=] {
    for (int number = 0; number < 3; ++number) {
      s->push(number);
      (void)s->deque.share_all();
      s->join();
    }
  });
  program.thread("thief", [=] { s->steal_times(2); });
  program.finally([=] { s->check_each_ran_once(3); });
}

// The same with a record that another thief had, so that the slot comes back through settle().
void a_slot_is_settled_and_refilled_under_a_thief(model::Program& program) {
  auto* s = program.make<Shared>(1u);
  program.thread("owner", [=] {
    for (int number = 0; number < 2; ++number) {
      s->push(number);
      (void)s->deque.share_all();
      s->join();
    }
  });
  program.thread("thief 1", [=] { s->steal_times(1); });
  program.thread("thief 2", [=] { s->steal_times(2); });
  program.finally([=] { s->check_each_ran_once(2); });
}

// One slot: the second push finds the deque full and runs at once, from the spare slot, and shares
// the first if a thief has asked.
void a_full_deque_runs_the_record_at_once(model::Program& program) {
  auto* s = program.make<Shared>(1u);
  program.thread("owner", [=] {
    s->push(0);
    s->push(1);
    s->join();
    s->push(2);
    s->join();
    s->join();
  });
  program.thread("thief", [=] { s->steal_times(3); });
  program.finally([=] { s->check_each_ran_once(3); });
}

// Half of what is shared stays so when the owner takes the newest back.
void taking_back_leaves_the_oldest_to_thieves(model::Program& program) {
  auto* s = program.make<Shared>(3u);
  program.thread("owner", [=] {
    s->push(0);
    s->push(1);
    s->push(2);
    (void)s->deque.share_all();
    s->join();
    s->push(3);
    s->join();
    s->join();
    s->join();
  });
  program.thread("thief", [=] { s->steal_times(2); });
  program.finally([=] { s->check_each_ran_once(4); });
}

// S5. A thief that has seen nothing shared, and asks, is answered by the next push, whatever was
// shared before.
void a_demand_is_not_lost(model::Program& program) {
  auto* s = program.make<Shared>(3u);
  s->deque.ask();
  program.thread("owner", [=] { s->push(0); });
  program.thread("thief", [=] {
    if (s->steal() && !s->deque.has_shared()) s->deque.ask();
  });
  program.finally([=] {
    if (s->stolen == 0) return;
    s->deque.slot_to_fill().number.write(1);
    model::require(!s->deque.push(), "a demand was lost");
  });
}

// Not a race: it is what the others rest on.
void thieves_are_seen_at_work(model::Program& program) {
  auto* s = program.make<Shared>(3u);
  program.thread("thief", [=] {
    while (s->stolen < 2) {
      if (!s->steal()) cpu_relax();
    }
  });
  program.thread("owner", [=] {
    s->push(0);
    s->push(1);
    (void)s->deque.share_all();
    while (s->deque.has_shared()) cpu_relax();
    s->join();
    s->join();
  });
  program.finally([=] {
    s->check_each_ran_once(2);
    model::require(s->stolen == 2, "nothing was stolen");
  });
}

}  // namespace

int main(int argc, char** argv) {
  return model::Suite()
      .program("a record runs once", a_record_runs_once)
      .program("all is shared before the owner is away", all_is_shared_before_the_owner_is_away)
      .program("two thieves do not share a record", two_thieves_do_not_share_a_record,
               {.preemptions = 2})
      .program("a slot is refilled under a thief", a_slot_is_refilled_under_a_thief)
      .program("a slot is settled and refilled under a thief",
               a_slot_is_settled_and_refilled_under_a_thief, {.preemptions = 1})
      .program("a full deque runs the record at once", a_full_deque_runs_the_record_at_once)
      .program("taking back leaves the oldest to thieves", taking_back_leaves_the_oldest_to_thieves)
      .program("a demand is not lost", a_demand_is_not_lost)
      .program("thieves are seen at work", thieves_are_seen_at_work)
      .mutates("split_deque.h")
      .survives("split_deque.h push store 1 release->relaxed", kHeadHasNoReader)
      .survives("split_deque.h push_slow store 1 release->relaxed", kHeadHasNoReader)
      .survives("split_deque.h pop store 1 release->relaxed", kHeadHasNoReader)
      .survives("split_deque.h take_back store 1 release->relaxed", kHeadHasNoReader)
      .survives("split_deque.h settle store 1 release->relaxed", kHeadHasNoReader)
      .survives("split_deque.h unpop store 1 release->relaxed", kHeadHasNoReader)
      .run(argc, argv);
}
