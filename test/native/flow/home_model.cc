// Model: a home's gate and its count, while it is closed and freed under those who still use it.
//
// Nothing is submitted after close() has returned, a watcher is told once, and who has closed a
// home, and finds that nothing is outstanding, may free it at once and what the watchers know (H3).
// The last programs do so with makers, as a runtime ends that has attached to a scheduler.

#include <array>

#include "flow/bare_scheduler.h"
#include "model/mortal.h"

using namespace heddle;

namespace heddle {

void drop(ArrayData*) {
}  // There are none.

}  // namespace heddle

namespace {

// What the mistakes below are made with: an explicit instantiation may name what is private.
struct Parts {
  Gate& gate;
  Atomic<std::uint64_t>& outstanding;
  Lock& lock;
  Stack<Home::Watcher>& watchers;
};

Parts parts_of(Home& home);

template <auto kGate, auto kOutstanding, auto kLock, auto kWatchers>
struct Opened {
  friend Parts parts_of(Home& home) {
    return {home.*kGate, home.*kOutstanding, home.*kLock, home.*kWatchers};
  }
};

template struct Opened<&Home::gate_, &Home::outstanding_, &Home::lock_, &Home::watchers_>;

void shut_without_waiting(Gate& gate);

template <auto kWord, std::uint32_t kShut>
struct OpenedGate {
  friend void shut_without_waiting(Gate& gate) { (gate.*kWord).fetch_or(kShut, acq_rel); }
};

template struct OpenedGate<&Gate::word_, Gate::kShut>;

void tell(Stack<Home::Watcher>& watchers) {
  while (Home::Watcher* const watcher = watchers.pop()) watcher->quiet(*watcher);
}

void finish_outside_of_the_lock(Home& home, std::uint64_t values) {
  Parts const parts = parts_of(home);
  if (parts.outstanding.fetch_sub(values, acq_rel) != values) return;
  LockGuard guarded(parts.lock);
  tell(parts.watchers);
}

void finish_and_tell_after_the_lock(Home& home, std::uint64_t values) {
  Parts const parts = parts_of(home);
  Stack<Home::Watcher> quiet;
  {
    LockGuard guarded(parts.lock);
    if (parts.outstanding.fetch_sub(values, acq_rel) != values) return;
    quiet = std::move(parts.watchers);
  }
  tell(quiet);
}

void finish(Home& home, std::uint64_t values) {
  if (model::mutant("the count becomes zero outside of the lock")) {
    finish_outside_of_the_lock(home, values);
  } else if (model::mutant("watchers are told after the lock")) {
    finish_and_tell_after_the_lock(home, values);
  } else {
    home.finished(values);
  }
}

void close(Home& home) {
  if (model::mutant("close() does not wait")) {
    shut_without_waiting(parts_of(home).gate);
  } else {
    home.close();
  }
}

// --- The gate.

struct Entrance {
  struct Once : Job {
    Once() : Job(run_once, Kind::Plain) {}

    static Job* run_once(Job& self) {
      auto& once = static_cast<Once&>(self);
      model::require(once.content.read() == 1, "run before it was there, or twice");
      once.content.write(2);
      if (once.gate != nullptr) once.gate->submit(*once.next_to_submit);
      return nullptr;
    }

    Plain<int> content = 0;
    bool is_refused = false;
    Entrance* gate = nullptr;  // Where it submits the next one, or null.
    Once* next_to_submit = nullptr;
  };

  void submit(Once& job) {
    job.content.write(1);
    Queue<Job> one;
    one.push_back(job);
    if (home.submit(one)) return;
    model::require(one.pop_front() == &job, "refused, and taken");
    model::require(is_closing.read(), "refused before it was closed");
    job.is_refused = true;
  }

  // As Crew::close() does.
  void close_and_stop() {
    is_closing.write(true);
    close(home);
    scheduler.stop();
  }

  test::BareScheduler scheduler;
  Home home{scheduler.scheduler()};
  Plain<bool> is_closing = false;
  std::array<Once, 2> jobs;
};

// Each is run or refused, and none comes when the scheduler has stopped.
void nothing_is_submitted_after_the_close(model::Program& program) {
  auto* s = program.make<Entrance>();
  program.thread("closes", [=] {
    s->close_and_stop();
    Queue<Job> taken = s->scheduler.take();
    while (Job* const job = taken.pop_front()) (void)job->run(*job);
  });
  program.thread("submits", [=] { s->submit(s->jobs[0]); });
  program.thread("submits too", [=] { s->submit(s->jobs[1]); });
  program.finally([=] {
    for (Entrance::Once const& job : s->jobs) {
      model::require(job.content.read() == (job.is_refused ? 1 : 2), "lost, or refused and run");
    }
  });
}

// H1. What it runs may lead to more: the scheduler does not stop before that.
void a_worker_submits_through_a_shut_gate(model::Program& program) {
  auto* s = program.make<Entrance>();
  s->jobs[0].gate = s;
  s->jobs[0].next_to_submit = &s->jobs[1];
  program.thread("worker", [=] { s->scheduler.run(); });
  program.thread("closes", [=] { s->close_and_stop(); });
  program.thread("submits", [=] { s->submit(s->jobs[0]); });
  program.finally([=] {
    bool const is_refused = s->jobs[0].is_refused;
    model::require(s->jobs[0].content.read() == (is_refused ? 1 : 2), "lost, or refused and run");
    model::require(s->jobs[1].content.read() == (is_refused ? 0 : 2), "a worker was refused");
  });
}

// --- The count.

struct Count {
  // Tells a mailbox, which is gone with the home.
  struct Watcher : Home::Watcher {
    explicit Watcher(Count& of) : count(of) {
      quiet = [](Home::Watcher& self) { static_cast<Watcher&>(self).on_quiet(); };
    }

    void on_quiet() {
      model::require(count.is_alive.read(), "told when the mailbox was gone");
      count.see_values();
      told.write(told.read() + 1);
    }

    Count& count;
    Plain<int> told = 0;
  };

  void bring(int index) {
    values[std::size_t(index)].write(1);
    finish(*home, 1);
  }

  void see_values() const {
    for (int i = 0; i < expected; ++i) {
      model::require(values[std::size_t(i)].read() == 1, "quiet without a value");
    }
  }

  // What the owner of a closed runtime does.
  void free_when_quiet() {
    while (!home->is_quiet()) cpu_relax();
    see_values();
    home.end();
    is_alive.write(false);
  }

  test::BareScheduler scheduler;
  model::Mortal<Home> home{scheduler.scheduler()};
  std::array<Plain<int>, 2> values;
  int expected = 0;  // Of the values.
  Plain<bool> is_alive = true;
  Watcher watcher{*this};
  Watcher other{*this};
};

void a_home_is_freed_when_it_is_quiet(model::Program& program) {
  auto* s = program.make<Count>();
  s->home->expect(2);
  s->expected = 2;
  program.thread("brings", [=] { s->bring(0); });
  program.thread("brings too", [=] { s->bring(1); });
  program.thread("owner", [=] { s->free_when_quiet(); });
}

void a_watcher_is_told_once(model::Program& program) {
  auto* s = program.make<Count>();
  s->home->expect(2);
  s->expected = 2;
  program.thread("brings", [=] { s->bring(0); });
  program.thread("brings too", [=] { s->bring(1); });
  program.thread("owner", [=] {
    s->home->watch(s->watcher);
    s->free_when_quiet();
    model::require(s->watcher.told.read() == 1, "not told, or twice");
  });
}

// The count may have been zero, or may be so yet: one who watches is told each time, once.
void more_is_recorded_meanwhile(model::Program& program) {
  auto* s = program.make<Count>();
  s->home->expect(1);
  s->expected = 1;
  program.thread("brings", [=] { s->bring(0); });
  program.thread("owner", [=] {
    s->home->watch(s->watcher);
    s->home->expect(1);
    s->home->watch(s->other);
    finish(*s->home, 1);
    s->free_when_quiet();
    bool const were_told = s->watcher.told.read() == 1 && s->other.told.read() == 1;
    model::require(were_told, "not told, or twice");
  });
}

// --- Makers.

FaultCode add(Value const& left, Value const& right, Value& result) {
  result.number = left.number + right.number;
  return FaultCode::None;
}

KernelTable const& kernels() {
  static KernelTable const table = [] {
    KernelTable adds{};
    adds.of[std::size_t(Type::Number)][std::size_t(CommandCode::Add)] = add;
    return adds;
  }();
  return table;
}

// A runtime that has attached, and the one that its scheduler belongs to; on the same thread.
struct Runtimes {
  Runtimes() {
    base = stream.add_block().value() * kBlockCells;
    outside = &stream.expect(own, base, Type::Number);
  }

  // The next value: twice the last one.
  void record(Home& home) {
    Command command{};
    command.operation = std::uint8_t(CommandCode::Add);
    command.sources[0] = command.sources[1] = base + recorded;
    command.destination = base + ++recorded;
    stream.consume(&home, &command, 1);
  }

  void bring() {
    outside->value.number = 1;
    settle_outside(*outside);
  }

  // Environment::close(), and forget_quiet_runtimes() until it was one of them.
  void end_attached() {
    close(*attached);
    for (stream.free_retired(); !is_quiet(); stream.free_retired()) cpu_relax();
    attached.end();
  }

  // Runtime::is_quiet()
  bool is_quiet() {
    if (model::mutant("only the makers are counted")) return attached->makers == 0;
    if (model::mutant("only the values are counted")) return attached->is_quiet();
    return attached->makers == 0 && attached->is_quiet();
  }

  void end_own() {
    close(own);
    scheduler.stop();
  }

  void look() {
    stream.free_retired();
    model::require(own.makers == 0 && own.is_quiet(), "a value is outstanding, or a maker");
    double expected = 1;
    for (Handle i = 0; i <= recorded; ++i, expected *= 2) {
      Cell const& cell = stream.cell(base + i);
      model::require(cell.is_settled(), "never settled");
      if (cell.fault != nullptr) return;  // And what depends on it.
      model::require(cell.value.number == expected, "settled without its value");
    }
  }

  test::BareScheduler scheduler;
  Home own{scheduler.scheduler()};
  model::Mortal<Home> attached{scheduler.scheduler()};
  Stream stream{kernels()};
  Handle base = 0;
  Handle recorded = 0;
  Cell* outside = nullptr;
};

// Of the two operations that wait, the first is the attached runtime's, the other is either's.
model::Build a_runtime_ends_under_its_jobs(Home& (*home_of_second)(Runtimes&)) {
  return [=](model::Program& program) {
    auto* s = program.make<Runtimes>();
    s->record(*s->attached);
    s->record(home_of_second(*s));
    program.thread("worker", [=] { s->scheduler.run(); });
    program.thread("brings", [=] { s->bring(); });
    program.thread("owner", [=] {
      s->end_attached();
      s->end_own();
    });
    program.finally([=] { s->look(); });
  };
}

// The owner computes what a worker has in its queue: that is quiet, but its maker has not left.
void a_runtime_ends_that_has_helped(model::Program& program) {
  auto* s = program.make<Runtimes>();
  s->record(*s->attached);
  program.thread("worker", [=] { s->scheduler.run(); });
  program.thread("brings", [=] { s->bring(); });
  program.thread("owner", [=] {
    s->stream.help(s->stream.cell(s->base + 1));
    s->end_attached();
    s->end_own();
  });
  program.finally([=] { s->look(); });
}

}  // namespace

int main(int argc, char** argv) {
  return model::Suite()
      .program("nothing is submitted after the close", nothing_is_submitted_after_the_close,
               {.preemptions = 2})
      .program("a worker submits through a shut gate", a_worker_submits_through_a_shut_gate,
               {.preemptions = 2, .surprises = 0})
      .program("a home is freed when it is quiet", a_home_is_freed_when_it_is_quiet,
               {.preemptions = 2})
      .program("more is recorded meanwhile", more_is_recorded_meanwhile)
      .program("a watcher is told once", a_watcher_is_told_once, {.preemptions = 2})
      .program("a runtime ends that has helped", a_runtime_ends_that_has_helped,
               {.preemptions = 1, .surprises = 0})
      .program("a runtime ends under its jobs",
               a_runtime_ends_under_its_jobs([](Runtimes& s) -> Home& { return *s.attached; }),
               {.preemptions = 2, .surprises = 0})
      .program("a runtime ends under another's jobs",
               a_runtime_ends_under_its_jobs([](Runtimes& s) -> Home& { return s.own; }),
               {.preemptions = 2, .surprises = 0})
      .mutates("gate.h")
      .mutates("home.cc")
      .run(argc, argv);
}
