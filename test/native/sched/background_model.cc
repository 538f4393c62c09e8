// Model: who was refused a place for background work is told when there is one (B1).
//
// Two workers share one place. One that is refused says that it waits and sleeps; the other gives
// its place back and wakes whoever waits. The checker fails an execution in which a worker sleeps
// for ever.

#include <array>

#include "model/suite.h"
#include "sched/background.h"
#include "sched/sleepers.h"

using namespace heddle;

namespace {

struct Shared {
  Background background{2};
  Sleepers sleepers{1};
  std::array<Sleeper, 2> asleep;
  std::array<Atomic<bool>, 2> waits{};
  Plain<int> running = 0;
  int ran = 0;

  // Worker::run_background(), park() and give_place().
  void work(std::size_t self) {
    waits[self].store(true, relaxed);
    while (!background.take()) {
      sleepers.park(asleep[self], kEverything, false);
      if (background.has_place()) {
        sleepers.unpark(asleep[self]);
      } else {
        sleepers.sleep(asleep[self]);
      }
      (void)sleepers.found();
    }
    waits[self].store(false, relaxed);
    running = running + 1;
    model::require(running == 1, "more run than there are places");
    running = running - 1;
    ++ran;
    if (background.give()) wake_those_who_wait();
  }

  void wake_those_who_wait() {
    for (std::size_t i = 0; i < waits.size(); ++i) {
      if (waits[i].load(relaxed)) sleepers.wake(asleep[i]);
    }
  }
};

void a_place_is_handed_on(model::Program& program) {
  auto* s = program.make<Shared>();
  program.thread("worker 0", [=] { s->work(0); });
  program.thread("worker 1", [=] { s->work(1); });
  program.finally([=] { model::require(s->ran == 2, "somebody did not run"); });
}

// A job comes when there is no place. Who has the place does other things when it has given it
// back.
void a_job_waits_for_a_place(model::Program& program) {
  struct Late : Shared {
    Atomic<int> jobs{0};
  };
  auto* s = program.make<Late>();
  model::require(s->background.take(), "no place at the start");
  program.thread("has the place", [=] {
    if (s->background.give() && s->jobs.load(relaxed) > 0) s->sleepers.wake_one(kForBackground);
  });
  program.thread("producer", [=] {
    s->jobs.fetch_add(1, relaxed);
    s->sleepers.wake_one(kForBackground);
  });
  program.thread("worker", [=] {
    while (s->jobs.load(relaxed) == 0 || !s->background.take()) {
      s->sleepers.park(s->asleep[0], kEverything, false);
      bool const has_place = s->background.has_place();
      bool const has_job = s->jobs.load(relaxed) > 0;
      if (model::mutant("sleeps although there is a place") || !has_place || !has_job) {
        s->sleepers.sleep(s->asleep[0]);
      } else {
        s->sleepers.unpark(s->asleep[0]);
      }
      (void)s->sleepers.found();
    }
    ++s->ran;
  });
  program.finally([=] { model::require(s->ran == 1, "the job did not run"); });
}

}  // namespace

int main(int argc, char** argv) {
  return model::Suite()
      .program("a place is handed on", a_place_is_handed_on)
      .program("a job waits for a place", a_job_waits_for_a_place, {.preemptions = 2})
      .mutates("background.h")
      .run(argc, argv);
}
