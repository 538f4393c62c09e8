// Model: a change that is followed by a notice reaches who waits for it, in every interleaving.
//
// What is waited for is plain memory under the mutex. A notice that is lost is a fiber that is
// never resumed, and one too early finds nothing and waits on.

#include "sched/condition_variable.h"

#include <memory>

#include "base/cpu.h"
#include "sched/waiting_model.h"
#include "support/process.h"

using namespace heddle;
using test::On;

namespace {

struct Shared {
  test::Actors actors;
  Mutex mutex;
  ConditionVariable changed;
  model::Plain<int> items;

  void take() {
    MutexGuard guarded(mutex);
    changed.wait(mutex, [this] { return items.read() > 0; });
    items.write(items.read() - 1);
  }

  void put(int count) {
    MutexGuard guarded(mutex);
    items.write(items.read() + count);
  }

  void check() {
    model::require(items.read() == 0, "an item was taken twice, or not at all");
    CHECK(mutex.try_lock());
  }
};

model::Build one_puts_and_one_takes(On taker) {
  return [=](model::Program& program) {
    auto* s = program.make<Shared>();
    s->actors.add(program, taker, [=] { s->take(); });
    s->actors.add(program, On::Thread, [=] {
      s->put(1);
      if (!model::mutant("nobody is notified")) s->changed.notify_one();
    });
    program.finally([=] { s->check(); });
  };
}

void one_notifies_under_the_mutex(model::Program& program) {
  auto* s = program.make<Shared>();
  s->actors.add(program, On::Fiber, [=] { s->take(); });
  s->actors.add(program, On::Fiber, [=] {
    MutexGuard guarded(s->mutex);
    s->items.write(1);
    s->changed.notify_all();
  });
  program.finally([=] { s->check(); });
}

// One item each, one notice each: the second must not go to who has been woken already.
void two_take_what_is_put_one_by_one(model::Program& program) {
  auto* s = program.make<Shared>();
  s->actors.add(program, On::Fiber, [=] { s->take(); });
  s->actors.add(program, On::Fiber, [=] { s->take(); });
  s->actors.add(program, On::Thread, [=] {
    for (int i = 0; i < 2; ++i) {
      s->put(1);
      s->changed.notify_one();
    }
  });
  program.finally([=] { s->check(); });
}

model::Build all_are_notified(On second) {
  return [=](model::Program& program) {
    auto* s = program.make<Shared>();
    s->actors.add(program, On::Fiber, [=] { s->take(); });
    s->actors.add(program, second, [=] { s->take(); });
    s->actors.add(program, On::Thread, [=] {
      s->put(2);
      s->changed.notify_all();
    });
    program.finally([=] { s->check(); });
  };
}

// N4. Who waited, without a predicate, knows by being woken that notice was given.
model::Build the_waiter_destroys_it(bool all) {
  return [=](model::Program& program) {
    auto* s = program.make<Shared>();
    s->actors.add(program, On::Fiber, [=] {
      {
        MutexGuard guarded(s->mutex);
        s->items.write(1);
        s->changed.wait(s->mutex);
      }
      std::destroy_at(&s->changed);
      std::construct_at(&s->changed);
    });
    s->actors.add(program, On::Thread, [=] {
      for (bool waits = false; !waits; cpu_relax()) {
        MutexGuard guarded(s->mutex);
        waits = s->items.read() == 1;
      }
      all ? s->changed.notify_all() : s->changed.notify_one();
      if (model::mutant("notify() looks at it afterwards")) s->changed.notify_one();
    });
  };
}

}  // namespace

int main(int argc, char** argv) {
  // A sanitizer makes each step ten times as dear, and adds little here.
  constexpr model::Options kThreeThreads{.preemptions = test::kSanitized ? 0u : 1u, .surprises = 0};
  return model::Suite()
      .program("one puts and a fiber takes", one_puts_and_one_takes(On::Fiber))
      .program("one puts and a thread takes", one_puts_and_one_takes(On::Thread))
      .program("one notifies under the mutex", one_notifies_under_the_mutex)
      .program("the waiter destroys it", the_waiter_destroys_it(false), {.preemptions = 2})
      .program("the waiter destroys it after notify_all", the_waiter_destroys_it(true),
               {.preemptions = 2})
      .program("two fibers are notified", all_are_notified(On::Fiber), kThreeThreads)
      .program("a fiber and a thread are notified", all_are_notified(On::Thread), kThreeThreads)
      .program("two take what is put one by one", two_take_what_is_put_one_by_one,
               {.preemptions = 0, .surprises = 0})
      .mutates("condition_variable.h")
      .mutates("waiter.h")
      .run(argc, argv);
}
