// Model: no permit is lost, none is taken twice, and who waits gets the one it was promised.
//
// With one permit a semaphore guards plain memory, like a mutex; with none at first it hands plain
// memory over. Releases meet those who have just been promised a permit and are on their way to
// the list, in every interleaving.

#include "sched/semaphore.h"

#include <memory>

#include "sched/waiting_model.h"

using namespace heddle;
using test::On;

namespace {

struct Shared {
  explicit Shared(std::uint32_t permits) : free(permits) {}

  test::Actors actors;
  Semaphore free;
  model::Plain<int> count;

  void add() {
    free.acquire();
    count.write(count.read() + 1);
    free.release();
  }
};

model::Build each_adds(int times, std::vector<On> who) {
  return [=](model::Program& program) {
    auto* s = program.make<Shared>(1);
    for (On on : who) {
      s->actors.add(program, on, [=] {
        for (int i = 0; i < times; ++i) s->add();
      });
    }
    program.finally([=] {
      model::require(s->count.read() == times * int(who.size()), "an update was lost");
      CHECK(s->free.try_acquire() && !s->free.try_acquire());
    });
  };
}

void one_tries_while_others_wait(model::Program& program) {
  auto* s = program.make<Shared>(1);
  auto* gained = program.make<int>(0);
  s->actors.add(program, On::Fiber, [=] { s->add(); });
  s->actors.add(program, On::Fiber, [=] { s->add(); });
  s->actors.add(program, On::Thread, [=] {
    if (!s->free.try_acquire()) return;
    s->count.write(s->count.read() + 1);
    s->free.release();
    ++*gained;
  });
  program.finally([=] {
    model::require(s->count.read() == 2 + *gained, "an update was lost");
    CHECK(s->free.try_acquire() && !s->free.try_acquire());
  });
}

// What was written before the release is read after the acquire, by both.
model::Build two_permits_come_at_once(On second) {
  return [=](model::Program& program) {
    auto* s = program.make<Shared>(0);
    for (On on : {On::Fiber, second}) {
      s->actors.add(program, on, [=] {
        s->free.acquire();
        model::require(s->count.read() == 7, "what was done before the release was not seen");
      });
    }
    s->actors.add(program, On::Thread, [=] {
      s->count.write(7);
      s->free.release(2);
    });
    program.finally([=] { CHECK(!s->free.try_acquire()); });
  };
}

void two_permits_come_one_by_one(model::Program& program) {
  auto* s = program.make<Shared>(0);
  for (int i = 0; i < 2; ++i) s->actors.add(program, On::Fiber, [=] { s->free.acquire(); });
  for (int i = 0; i < 2; ++i) s->actors.add(program, On::Thread, [=] { s->free.release(); });
  program.finally([=] { CHECK(!s->free.try_acquire()); });
}

// Nobody gets in on more than was released: not on what was free, nor on what was granted.
void there_are_no_more_permits_than_were_released(model::Program& program) {
  auto* s = program.make<Shared>(0);
  auto* acquired = program.make<Atomic<int>>(0);
  for (int i = 0; i < 3; ++i) {
    s->actors.add(program, On::Fiber, [=] {
      s->free.acquire();
      acquired->fetch_add(1, relaxed);
    });
  }
  s->actors.add(program, On::Thread, [=] {
    s->free.release(2);
    model::require(acquired->load(relaxed) <= 2, "a permit was taken twice");
    s->free.release();
  });
}

// G3. Another one takes its place, which no release may know of.
model::Build the_waiter_destroys_it(On waiter) {
  return [=](model::Program& program) {
    auto* s = program.make<Shared>(0);
    s->actors.add(program, waiter, [=] {
      s->free.acquire();
      std::destroy_at(&s->free);
      std::construct_at(&s->free, 0u);
    });
    s->actors.add(program, On::Thread, [=] {
      s->free.release();
      if (model::mutant("release() looks at it afterwards")) (void)s->free.try_acquire();
    });
  };
}

}  // namespace

int main(int argc, char** argv) {
  return model::Suite()
      .program("each of two fibers adds one", each_adds(1, {On::Fiber, On::Fiber}))
      .program("a fiber and a thread add one each", each_adds(1, {On::Fiber, On::Thread}))
      .program("each of two fibers adds two", each_adds(2, {On::Fiber, On::Fiber}))
      .program("there are no more permits than were released",
               there_are_no_more_permits_than_were_released, {.preemptions = 1, .surprises = 0})
      .program("a fiber destroys it", the_waiter_destroys_it(On::Fiber))
      .program("a thread destroys it", the_waiter_destroys_it(On::Thread))
      .program("two permits come at once, for fibers", two_permits_come_at_once(On::Fiber),
               {.preemptions = 2, .surprises = 0})
      .program("two permits come at once, for both kinds", two_permits_come_at_once(On::Thread),
               {.preemptions = 2, .surprises = 0})
      .program("two permits come one by one", two_permits_come_one_by_one,
               {.preemptions = 1, .surprises = 0})
      .program("one tries while others wait", one_tries_while_others_wait,
               {.preemptions = 1, .surprises = 0})
      .program("each of three adds one", each_adds(1, {On::Fiber, On::Fiber, On::Thread}),
               {.preemptions = 1, .surprises = 0})
      .mutates("semaphore.h")
      .mutates("waiter.h")
      .run(argc, argv);
}
