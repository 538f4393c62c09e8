// Model: work that is published is found by a worker that can take it, however workers fall asleep
// meanwhile.
//
// Work is a number here, so that the search can go deep: producers raise it and call wake_one(),
// workers lower it. They park, look and sleep as in worker.cc. A worker that has its share ends, as
// one does that is busy for ever. The checker fails an execution in which everybody who is left
// sleeps. worker_model.cc has the queues and inboxes as they are.

#include <array>

#include "model/suite.h"
#include "sched/sleepers.h"
#include "support/process.h"

using namespace heddle;

namespace {

struct Worker {
  // Relaxed: what an event loop is rung by has an order of its own; the list's lock shows the rest.
  static void ring(Sleeper& self) {
    auto& worker = *reinterpret_cast<Worker*>(&self);
    worker.rings.fetch_add(1, relaxed);
    futex_wake(worker.rings, 1);
  }

  Sleeper sleeper{ring};  // The first.
  bool is_searching = false;
  bool is_isolate = false;
  Abilities has = kFiber;
  Atomic<std::uint32_t> rings{0};
};

struct Shared {
  Sleepers sleepers{1};
  Atomic<int> plain{0};      // Work that any worker can take,
  Atomic<int> for_fiber{0};  // and work that needs a fiber.
  Atomic<bool> stopping{false};
  std::array<Worker, 2> workers;

  // --- Producers.

  void publish(Abilities needs) {
    (needs == kNothing ? plain : for_fiber).fetch_add(1, relaxed);
    if (!model::mutant("publishing wakes nobody")) sleepers.wake_one(needs);
  }

  void stop(Worker& worker) {
    // Relaxed: what matters here is that the worker sees it, which wake() must bring about.
    stopping.store(true, relaxed);
    sleepers.wake(worker.sleeper);
  }

  // --- Workers.

  // Until it has run so much.
  void work(Worker& self, int share) {
    while (share > 0) {
      if (take(self)) {
        --share;
        continue;
      }
      if (!self.is_searching) {
        self.is_searching = sleepers.search();
        if (self.is_searching) continue;  // Else enough others search.
      }
      park(self);
    }
    stop_searching(self);
  }

  void work_until_stopped(Worker& self) {
    self.is_searching = sleepers.search();
    while (!stopping.load(relaxed)) {
      if (!take(self)) park(self);
    }
    stop_searching(self);
  }

  bool take(Worker& self) {
    if (!take_from(plain) && !(self.has && take_from(for_fiber))) return false;
    stop_searching(self);
    return true;
  }

  static bool take_from(Atomic<int>& work) {
    int count = work.load(relaxed);
    while (count > 0) {
      if (work.compare_exchange_strong(count, count - 1, relaxed, relaxed)) return true;
    }
    return false;
  }

  void stop_searching(Worker& self) {
    if (!std::exchange(self.is_searching, false)) return;
    if (sleepers.found() && !model::mutant("the last searcher does not look")) wake_for_rest();
  }

  void wake_for_rest() {
    if (!has_work(kFiber)) return;
    sleepers.wake_one(has_work(kNothing) ? kNothing : kFiber);
  }

  void park(Worker& self) {
    sleepers.park(self.sleeper, self.has, self.is_searching);
    bool const stays = !model::mutant("no last look") &&
                       (has_work(self.has) || stopping.load(relaxed));
    if (stays) {
      sleepers.unpark(self.sleeper);
    } else {
      bool const owes = self.is_searching && !self.has;
      if (owes && !model::mutant("a bare searcher owes nothing")) wake_for_rest();
      if (self.is_isolate) {
        sleep_in_loop(self);
      } else {
        sleepers.sleep(self.sleeper);
      }
    }
    self.is_searching = true;
  }

  // As Worker::take_turn(), with an event loop that has nothing else to do.
  void sleep_in_loop(Worker& self) {
    std::uint32_t const seen = self.rings.load(relaxed);
    if (sleepers.doze_off(self.sleeper) || model::mutant("a token is not heeded")) {
      while (self.rings.load(relaxed) == seen) futex_wait(self.rings, seen);
    }
    sleepers.rise(self.sleeper);
  }

  bool has_work(Abilities has) const {
    return plain.load(relaxed) > 0 || (covers(has, kFiber) && for_fiber.load(relaxed) > 0);
  }
};

void work_comes_while_a_worker_falls_asleep(model::Program& program) {
  auto* s = program.make<Shared>();
  program.thread("producer", [=] {
    s->publish(kNothing);
    s->publish(kNothing);
  });
  program.thread("worker", [=] { s->work(s->workers[0], 2); });
}

void work_comes_while_an_isolate_falls_asleep(model::Program& program) {
  auto* s = program.make<Shared>();
  s->workers[0].is_isolate = true;
  program.thread("producer", [=] {
    s->publish(kNothing);
    s->publish(kNothing);
  });
  program.thread("isolate", [=] { s->work(s->workers[0], 2); });
}

void an_isolate_is_stopped_while_work_comes(model::Program& program) {
  auto* s = program.make<Shared>();
  s->workers[0].is_isolate = true;
  program.thread("owner", [=] { s->stop(s->workers[0]); });
  program.thread("producer", [=] { s->publish(kNothing); });
  program.thread("isolate", [=] {
    s->work_until_stopped(s->workers[0]);
    s->work(s->workers[0], s->plain.load(relaxed));
  });
}

// P3. Each worker is busy for ever once it has one: neither may be left asleep.
void two_workers_find_work_each(model::Program& program) {
  auto* s = program.make<Shared>();
  program.thread("producer", [=] {
    s->publish(kNothing);
    s->publish(kNothing);
  });
  program.thread("worker 1", [=] { s->work(s->workers[0], 1); });
  program.thread("worker 2", [=] { s->work(s->workers[1], 1); });
}

// The same from the middle: one searches already, and the other is asleep.
void a_searcher_gets_busy_when_more_comes(model::Program& program) {
  auto* s = program.make<Shared>();
  s->workers[0].is_searching = s->sleepers.search();
  s->sleepers.park(s->workers[1].sleeper, kFiber, false);
  program.thread("producer", [=] {
    s->publish(kNothing);
    s->publish(kNothing);
  });
  program.thread("searcher", [=] { s->work(s->workers[0], 1); });
  program.thread("sleeper", [=] {
    s->sleepers.sleep(s->workers[1].sleeper);
    s->workers[1].is_searching = true;
    s->work(s->workers[1], 1);
  });
}

void two_workers_find_work_of_two_producers(model::Program& program) {
  auto* s = program.make<Shared>();
  program.thread("producer 1", [=] { s->publish(kNothing); });
  program.thread("producer 2", [=] { s->publish(kNothing); });
  program.thread("worker 1", [=] { s->work(s->workers[0], 1); });
  program.thread("worker 2", [=] { s->work(s->workers[1], 1); });
}

// P4. A bare worker cannot take the work, nor may it keep it from the other, which was asleep
// first.
void work_goes_past_a_bare_worker(model::Program& program) {
  auto* s = program.make<Shared>();
  s->workers[0].has = kNothing;
  program.thread("worker", [=] {
    s->work(s->workers[1], 1);
    s->stop(s->workers[0]);
  });
  program.thread("bare worker", [=] { s->work_until_stopped(s->workers[0]); });
  program.thread("producer", [=] { s->publish(kFiber); });
}

// Nor has it been woken for nothing: it is, if it is all there is, for what it can take.
void a_bare_worker_is_woken_for_what_it_can_take(model::Program& program) {
  auto* s = program.make<Shared>();
  s->workers[0].has = kNothing;
  program.thread("bare worker", [=] { s->work(s->workers[0], 1); });
  program.thread("producer", [=] {
    s->publish(kFiber);
    s->publish(kNothing);
  });
  program.finally([=] {
    model::require(s->for_fiber.load(relaxed) == 1, "a bare worker took what it could not run");
  });
}

void a_worker_is_stopped_while_it_falls_asleep(model::Program& program) {
  auto* s = program.make<Shared>();
  program.thread("owner", [=] { s->stop(s->workers[0]); });
  program.thread("worker", [=] { s->work_until_stopped(s->workers[0]); });
}

// Woken from two sides at once: a token is left over, and costs a turn and no more.
void a_worker_is_stopped_while_work_comes(model::Program& program) {
  auto* s = program.make<Shared>();
  program.thread("owner", [=] { s->stop(s->workers[0]); });
  program.thread("producer", [=] { s->publish(kNothing); });
  program.thread("worker", [=] {
    s->work_until_stopped(s->workers[0]);
    s->work(s->workers[0], s->plain.load(relaxed));
  });
}

}  // namespace

int main(int argc, char** argv) {
  // A sanitizer makes each step ten times as dear, and adds little here.
  constexpr std::uint32_t kPreemptions = test::kSanitized ? 1 : 2;
  constexpr model::Options kThreeThreads{.preemptions = kPreemptions, .surprises = 0};
  // The longest last: most mutants never get there.
  return model::Suite()
      .program("work comes while a worker falls asleep", work_comes_while_a_worker_falls_asleep)
      .program("a worker is stopped while it falls asleep",
               a_worker_is_stopped_while_it_falls_asleep)
      .program("a bare worker is woken for what it can take",
               a_bare_worker_is_woken_for_what_it_can_take)
      .program("work comes while an isolate falls asleep", work_comes_while_an_isolate_falls_asleep)
      .program("an isolate is stopped while work comes", an_isolate_is_stopped_while_work_comes,
               {.preemptions = kPreemptions - 1, .surprises = 0})
      .program("a worker is stopped while work comes", a_worker_is_stopped_while_work_comes,
               kThreeThreads)
      .program("work goes past a bare worker", work_goes_past_a_bare_worker,
               {.preemptions = kPreemptions - 1, .surprises = 0})
      .program("a searcher gets busy when more comes", a_searcher_gets_busy_when_more_comes,
               kThreeThreads)
      .program("two workers find work of two producers", two_workers_find_work_of_two_producers,
               {.preemptions = 0, .surprises = 0})
      .program("two workers find work each", two_workers_find_work_each,
               {.preemptions = kPreemptions - 1, .surprises = 0})
      .mutates("sleepers.h")
      .run(argc, argv);
}
