// Model: every record runs once also where thieves share on the behalf of an owner who does not
// answer (S6, S7), whatever the owner does meanwhile.

#include "sched/deque_program.h"

using namespace heddle;
using namespace heddle::test;

namespace {

using Shared = DequeProgram;

// S6. The owner joins while a thief shares for it: the record is the owner's or the thief's.
void a_thief_shares_under_a_join(model::Program& program) {
  auto* s = program.make<Shared>(2u);
  s->push(0);
  program.thread("owner", [=] { s->join(); });
  program.thread("thief", [=] { s->help_and_steal(); });
  program.finally([=] { s->check_each_ran_once(1); });
}

// The thief shares the older of two: the owner's next join is not stopped for long.
void a_thief_shares_half_under_two_joins(model::Program& program) {
  auto* s = program.make<Shared>(2u);
  s->push(0);
  s->push(1);
  program.thread("owner", [=] {
    s->join();
    s->join();
  });
  program.thread("thief", [=] { s->help_and_steal(); });
  program.finally([=] { s->check_each_ran_once(2); });
}

// What the thief sees below head is whole, also what is pushed while it looks.
void a_thief_shares_under_a_fork(model::Program& program) {
  auto* s = program.make<Shared>(3u);
  program.thread("owner", [=] {
    s->push(0);
    s->push(1);
    s->join();
    s->join();
  });
  program.thread("thief", [=] { s->help_and_steal(); });
  program.finally([=] { s->check_each_ran_once(2); });
}

// A slot that was popped and refilled under a thief that shares it.
void a_thief_shares_a_refilled_slot(model::Program& program) {
  auto* s = program.make<Shared>(1u);
  s->push(0);
  program.thread("owner", [=] {
    s->join();
    s->push(1);
    s->join();
  });
  program.thread("thief", [=] { s->help_and_steal(); });
  program.finally([=] { s->check_each_ran_once(2); });
}

void two_thieves_share_for_one_owner(model::Program& program) {
  auto* s = program.make<Shared>(2u);
  s->push(0);
  s->push(1);
  program.thread("owner", [=] { s->join(); });
  program.thread("thief 1", [=] { s->help_and_steal(); });
  program.thread("thief 2", [=] { s->help_and_steal(); });
  program.finally([=] {
    while (s->head > 0) s->join();
    s->check_each_ran_once(2);
  });
}

// A thief shares at the moment when the owner's own slow path does.
void a_thief_shares_while_the_owner_does(model::Program& program) {
  auto* s = program.make<Shared>(3u);
  s->push(0);
  s->deque.ask();
  program.thread("owner", [=] {
    s->push(1);
    s->join();
    s->join();
  });
  program.thread("thief", [=] { s->help_and_steal(); });
  program.finally([=] { s->check_each_ran_once(2); });
}

// A join that waits for a thief is settled while another shares for the owner.
void a_thief_shares_under_a_settle(model::Program& program) {
  auto* s = program.make<Shared>(2u);
  s->push(0);
  (void)s->deque.share_all();
  s->push(1);
  program.thread("owner", [=] {
    s->join();
    s->join();
  });
  program.thread("thief 1", [=] { (void)s->steal(); });
  program.thread("thief 2", [=] { s->help_and_steal(); });
  program.finally([=] { s->check_each_ran_once(2); });
}

// S7. A push finds the deque full while a thief shares for the owner.
void a_thief_shares_while_the_deque_is_full(model::Program& program) {
  auto* s = program.make<Shared>(1u);
  s->push(0);
  program.thread("owner", [=] {
    s->push(1);
    s->join();
    s->join();
  });
  program.thread("thief 1", [=] { s->help_and_steal(); });
  program.thread("thief 2", [=] { s->help_and_steal(); });
  program.finally([=] { s->check_each_ran_once(2); });
}

}  // namespace

int main(int argc, char** argv) {
  return model::Suite()
      .program("a thief shares under a join", a_thief_shares_under_a_join)
      .program("a thief shares half under two joins", a_thief_shares_half_under_two_joins)
      .program("a thief shares under a fork", a_thief_shares_under_a_fork, {.preemptions = 2})
      .program("a thief shares a refilled slot", a_thief_shares_a_refilled_slot)
      .program("two thieves share for one owner", two_thieves_share_for_one_owner,
               {.preemptions = 1})
      .program("a thief shares while the owner does", a_thief_shares_while_the_owner_does,
               {.preemptions = 2})
      .program("a thief shares under a settle", a_thief_shares_under_a_settle, {.preemptions = 1})
      .program("a thief shares while the deque is full", a_thief_shares_while_the_deque_is_full,
               {.preemptions = 1})
      .mutates("split_deque.h")
      .survives("split_deque.h push compiler_barrier 1 removed",
                "for a worker that is about to sleep (D3): demand_model.cc")
      .survives("named the demand is withdrawn after sharing", "split_deque_model.cc kills it")
      .run(argc, argv);
}
