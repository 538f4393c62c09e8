// Model: whoever waits for an event sees what its setter did, and nobody waits for ever.
//
// Fibers and threads wait, look and reset while one or two set, in every interleaving. What the
// setter did before is plain memory, and who has waited destroys the event at once.

#include "sched/event.h"

#include <memory>

#include "sched/waiting_model.h"

using namespace heddle;
using test::On;

namespace {

struct Shared {
  test::Actors actors;
  Event event;
  model::Plain<int> told;

  void wait() {
    event.wait();
    model::require(told.read() == 7, "what was done before set() was not seen");
  }

  void tell() {
    told.write(7);
    event.set();
  }
};

model::Build one_waits_while_one_sets(On waiter) {
  return [=](model::Program& program) {
    auto* s = program.make<Shared>();
    s->actors.add(program, waiter, [=] { s->wait(); });
    s->actors.add(program, On::Thread, [=] { s->tell(); });
  };
}

model::Build two_wait_while_one_sets(On first, On second) {
  return [=](model::Program& program) {
    auto* s = program.make<Shared>();
    s->actors.add(program, first, [=] { s->wait(); });
    s->actors.add(program, second, [=] { s->wait(); });
    s->actors.add(program, On::Thread, [=] { s->tell(); });
    program.finally([=] { CHECK(s->event.is_set()); });
  };
}

void one_waits_while_two_set(model::Program& program) {
  auto* s = program.make<Shared>();
  s->actors.add(program, On::Fiber, [=] {
    s->event.wait();
    (void)s->event.is_set();
  });
  s->actors.add(program, On::Thread, [=] { s->event.set(); });
  s->actors.add(program, On::Fiber, [=] { s->event.set(); });
}

// V1. Another event takes its place, which the setter must not know of.
void the_waiter_destroys_the_event(model::Program& program) {
  auto* s = program.make<Shared>();
  s->actors.add(program, On::Fiber, [=] {
    s->wait();
    std::destroy_at(&s->event);
    std::construct_at(&s->event);
  });
  s->actors.add(program, On::Thread, [=] {
    s->tell();
    if (model::mutant("set() looks at the event afterwards")) (void)s->event.is_set();
  });
}

// V2.
void a_reset_takes_no_wake_up_back(model::Program& program) {
  auto* s = program.make<Shared>();
  s->actors.add(program, On::Fiber, [=] { s->event.wait(); });
  s->actors.add(program, On::Thread, [=] {
    s->event.set();
    s->event.reset();
    s->event.set();
  });
}

// V3. One looks for what two others bring: reset, look, wait. It counts all in the end.
void reset_look_wait_misses_nothing(model::Program& program) {
  auto* s = program.make<Shared>();
  auto* brought = program.make<std::array<Atomic<int>, 2>>();
  s->actors.add(program, On::Fiber, [=] {
    while (true) {
      s->event.reset();
      // Relaxed: it is the event that orders.
      if ((*brought)[0].load(relaxed) + (*brought)[1].load(relaxed) == 2) return;
      s->event.wait();
    }
  });
  for (std::size_t i = 0; i < 2; ++i) {
    s->actors.add(program, On::Thread, [=] {
      (*brought)[i].store(1, relaxed);
      s->event.set();
    });
  }
}

// Who looks and finds it set has seen all.
void is_set_is_a_look_at_all_before_it(model::Program& program) {
  auto* s = program.make<Shared>();
  s->actors.add(program, On::Thread, [=] {
    if (s->event.is_set()) s->wait();
  });
  s->actors.add(program, On::Thread, [=] { s->tell(); });
}

}  // namespace

int main(int argc, char** argv) {
  return model::Suite()
      .program("a fiber waits while one sets", one_waits_while_one_sets(On::Fiber))
      .program("a thread waits while one sets", one_waits_while_one_sets(On::Thread))
      .program("is_set is a look at all before it", is_set_is_a_look_at_all_before_it)
      .program("the waiter destroys the event", the_waiter_destroys_the_event)
      .program("reset, look, wait misses nothing", reset_look_wait_misses_nothing,
               {.preemptions = 2})
      .program("one waits while two set", one_waits_while_two_set, {.preemptions = 2})
      .program("a reset takes no wake-up back", a_reset_takes_no_wake_up_back)
      .program("two fibers wait while one sets", two_wait_while_one_sets(On::Fiber, On::Fiber),
               {.preemptions = 2})
      .program("a fiber and a thread wait while one sets",
               two_wait_while_one_sets(On::Fiber, On::Thread), {.preemptions = 2})
      .mutates("event.h")
      .mutates("waiter.h")
      .run(argc, argv);
}
