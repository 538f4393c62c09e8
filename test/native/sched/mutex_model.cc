// Model: whoever holds a mutex is alone, and nobody who waits for it is forgotten.
//
// The mutex guards plain memory, so an order too weak is a data race, and a wake-up too few is a
// fiber that is never resumed. Fibers, threads, those who barge in and those who only try meet at
// it in every interleaving.

#include "sched/mutex.h"

#include <memory>

#include "sched/waiting_model.h"
#include "support/process.h"

using namespace heddle;
using test::On;

namespace {

struct Shared {
  test::Actors actors;
  Mutex mutex;
  model::Plain<int> count;

  void add() { count.write(count.read() + 1); }

  void add_under_lock(int times) {
    for (int i = 0; i < times; ++i) {
      MutexGuard guarded(mutex);
      add();
    }
  }

  void check(int sum) {
    model::require(count.read() == sum, "an update was lost");
    CHECK(mutex.try_lock());
  }
};

// The first comes `times` times, and may barge in while the others are on their way: K3, K5.
model::Build they_add(int times, std::vector<On> who) {
  return [=](model::Program& program) {
    auto* s = program.make<Shared>();
    for (std::size_t i = 0; i < who.size(); ++i) {
      s->actors.add(program, who[i], [=] { s->add_under_lock(i == 0 ? times : 1); });
    }
    program.finally([=] { s->check(times + int(who.size()) - 1); });
  };
}

// K5. The first holds it already, and lets go of it only to take it again. The one that is handed
// the mutex then owes it to another, that has come meanwhile.
void who_is_handed_it_hands_it_on(model::Program& program) {
  auto* s = program.make<Shared>();
  s->mutex.lock();
  s->actors.add(program, On::Fiber, [=] {
    s->add();
    s->mutex.unlock();
    s->add_under_lock(1);
  });
  for (int i = 0; i < 2; ++i) {
    s->actors.add(program, On::Fiber, [=] { s->add_under_lock(1); });
  }
  program.finally([=] { s->check(4); });
}

// Who only tries must not disturb who waits.
void one_tries_while_one_waits(model::Program& program) {
  auto* s = program.make<Shared>();
  auto* gained = program.make<int>(0);
  for (int i = 0; i < 2; ++i) {
    s->actors.add(program, On::Fiber, [=] { s->add_under_lock(1); });
  }
  s->actors.add(program, On::Thread, [=] {
    if (!s->mutex.try_lock()) return;
    s->add();
    s->mutex.unlock();
    ++*gained;
  });
  program.finally([=] { s->check(2 + *gained); });
}

// K4. The last one out destroys it; another one takes its place, which nobody may know of.
void the_last_holder_destroys_it(model::Program& program) {
  auto* s = program.make<Shared>();
  for (On on : {On::Fiber, On::Thread}) {
    s->actors.add(program, on, [=] {
      s->mutex.lock();
      s->add();
      bool const is_last = s->count.read() == 2;
      s->mutex.unlock();
      if (!is_last) {
        bool const looks = model::mutant("unlock() looks at the mutex afterwards");
        if (looks && s->mutex.try_lock()) s->mutex.unlock();
        return;
      }
      std::destroy_at(&s->mutex);
      std::construct_at(&s->mutex);
    });
  }
}

}  // namespace

int main(int argc, char** argv) {
  // A sanitizer makes each step ten times as dear, and adds little here.
  constexpr model::Options kThreeThreads{.preemptions = test::kSanitized ? 0u : 1u, .surprises = 0};
  return model::Suite()
      .program("each of two fibers adds one", they_add(1, {On::Fiber, On::Fiber}))
      .program("a fiber and a thread add one each", they_add(1, {On::Fiber, On::Thread}))
      .program("a fiber barges in on another", they_add(3, {On::Fiber, On::Fiber}))
      .program("a fiber barges in on a thread", they_add(3, {On::Fiber, On::Thread}))
      .program("the last holder destroys it", the_last_holder_destroys_it)
      .program("one tries while one waits", one_tries_while_one_waits,
               {.preemptions = 2, .surprises = 0})
      .program("each of three adds one", they_add(1, {On::Fiber, On::Fiber, On::Thread}),
               {.preemptions = 2, .surprises = 0})
      .program("a fiber barges in on two", they_add(2, {On::Fiber, On::Fiber, On::Fiber}),
               kThreeThreads)
      .program("who is handed it hands it on", who_is_handed_it_hands_it_on, kThreeThreads)
      .mutates("mutex.h")
      .mutates("waiter.h")
      .run(argc, argv);
}
