// Model: every record that is pushed runs once, with what was written into it, in every
// interleaving of the owner with one or two thieves.

#include "sched/deque_program.h"

using namespace heddle;
using namespace heddle::test;

namespace {

using Shared = DequeProgram;

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
    s->deque.slot(s->head).number.write(1);
    model::require(!s->deque.push(s->head + Deque::kStep), "a demand was lost");
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

// Without a membarrier the owner keeps something shared whenever it has anything.
void an_owner_that_nobody_can_help_shares(model::Program& program) {
  auto* s = program.make<Shared>(3u, Helping::ByOwner);
  program.thread("owner", [=] {
    s->push(0);
    model::require(!s->was_fast, "the first is not shared");
    s->push(1);
    s->join();
    s->join();
    s->push(2);
    model::require(!s->was_fast, "the next is not shared");
    s->join();
  });
  program.thread("thief", [=] { (void)s->steal(); });
  program.finally([=] { s->check_each_ran_once(3); });
}

}  // namespace

int main(int argc, char** argv) {
  constexpr char const* kHelped = "for thieves that share on the owner's behalf: helping_model.cc";
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
      .program("an owner that nobody can help shares", an_owner_that_nobody_can_help_shares)
      .mutates("split_deque.h")
      .survives("split_deque.h push store 1 release->relaxed", kHelped)
      .survives("split_deque.h pop store 1 release->relaxed", kHelped)
      .survives("split_deque.h pop compiler_barrier 1 removed", kHelped)
      .survives("split_deque.h push compiler_barrier 1 removed",
                "for a worker that is about to sleep (D3): demand_model.cc")
      .run(argc, argv);
}
