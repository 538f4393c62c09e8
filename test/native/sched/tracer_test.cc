// A trace says what happened, in order, and costs nothing while nobody wants it.

#include <algorithm>

#include "sched/harness.h"
#include "sched/labels.h"

using namespace heddle;
using namespace heddle::test;

namespace {

void nothing_is_kept_before_it_is_wanted() {
  Tracer tracer;
  tracer.record(TraceKind::Park, 1);
  CHECK(tracer.events().empty());
  CHECK(tracer.start(4));
  tracer.record(TraceKind::Wake, 2);
  tracer.stop();
  tracer.record(TraceKind::Park, 3);
  CHECK(tracer.events().size() == 1);
  CHECK(tracer.events()[0].kind == TraceKind::Wake && tracer.events()[0].subject == 2);
}

void the_last_events_are_kept() {
  Tracer tracer;
  CHECK(tracer.start(4));
  for (std::uint64_t i = 0; i < 10; ++i) tracer.record(TraceKind::Run, i);
  auto const events = tracer.events();
  CHECK(events.size() == 4);
  for (std::size_t i = 0; i < 4; ++i) CHECK(events[i].subject == 6 + i);
  CHECK(std::is_sorted(events.begin(), events.end(),
                       [](auto const& a, auto const& b) { return a.time_ns < b.time_ns; }));
}

void starting_again_forgets_what_was_before() {
  Tracer tracer;
  CHECK(tracer.start(4));
  for (std::uint64_t i = 0; i < 10; ++i) tracer.record(TraceKind::Run, i);
  CHECK(tracer.lost() == 6);
  CHECK(tracer.start(4));
  CHECK(tracer.events().empty() && tracer.lost() == 0);
  tracer.record(TraceKind::Run, 10);
  CHECK(tracer.events().size() == 1 && tracer.events()[0].subject == 10);
  CHECK(tracer.start(100));  // A larger ring; a smaller one is not made.
  CHECK(tracer.start(4));
  for (std::uint64_t i = 0; i < 100; ++i) tracer.record(TraceKind::Run, i);
  CHECK(tracer.events().size() == 100 && tracer.lost() == 0);
}

void names_have_numbers() {
  CHECK(label_of("") == kNoLabel);
  CHECK(label_of("operation") == kOperationLabel);
  std::uint32_t const number = label_of("a name");
  CHECK(number > kOperationLabel && label_of("a name") == number);
  CHECK(label_of("another") != number);
  CHECK(labels()[kNoLabel].empty() && labels()[number] == "a name");
}

// Whoever reads while the worker writes gets events that are whole: time and subject agree.
void a_reader_gets_whole_events() {
  Tracer tracer;
  CHECK(tracer.start(64));
  Atomic<bool> end{false};
  std::thread writer([&] {
    for (std::uint64_t i = 0; !end.load(relaxed); ++i) {
      tracer.record(i % 2 == 0 ? TraceKind::Park : TraceKind::Wake, i, std::uint32_t(i));
    }
  });
  std::size_t seen = 0;
  for (int round = 0; round < 20'000 || seen == 0; ++round) {
    std::uint64_t before = 0;
    for (TraceEvent const& event : tracer.events()) {
      CHECK(event.kind == (event.subject % 2 == 0 ? TraceKind::Park : TraceKind::Wake));
      CHECK(event.other == std::uint32_t(event.subject));
      CHECK(before == 0 || event.subject == before + 1);
      before = event.subject;
      ++seen;
    }
  }
  end.store(true, relaxed);
  writer.join();
}

void leaf(KernelContext, Atomic<int>* ran) {
  spin_for(50'000);
  ran->fetch_add(1, relaxed);
}

template <class Is>
std::ptrdiff_t count_events(Scheduler& scheduler, Is is) {
  std::ptrdiff_t count = 0;
  for (std::uint32_t worker = 0; worker < scheduler.threads(); ++worker) {
    auto const events = scheduler.trace(worker);
    count += std::count_if(events.begin(), events.end(), is);
  }
  return count;
}

// One run with everything in it.
void a_scheduler_is_seen_at_work() {
  Started scheduler({.threads = 2});
  CHECK(scheduler->start_trace(1 << 12));
  Gate gate;
  for (int round = 0; round < 20; ++round) {
    run(*scheduler, [&](KernelContext t) {
      Atomic<int> ran{0};
      for (int i = 0; i < 8; ++i) t.fork<leaf>(&ran);
      while (ran.load(relaxed) == 0) cpu_relax();
      for (int i = 0; i < 8; ++i) t.join<leaf>();
    });
  }
  scheduler->submit(root_job([&] { gate.wait(); }));
  wait_until([&] { return gate.is_waited_for(); });
  scheduler->submit(plain_job([&] { gate.open(); }));
  wait_until_idle(*scheduler);
  scheduler->stop_trace();
  for (TraceKind const kind :
       {TraceKind::Steal, TraceKind::Run, TraceKind::Suspend, TraceKind::End, TraceKind::Resume,
        TraceKind::Park, TraceKind::Wake, TraceKind::SpanBegin, TraceKind::SpanEnd}) {
    CHECK(count_events(*scheduler, [kind](auto const& event) { return event.kind == kind; }) > 0);
  }
}

// Who was robbed is known, and the thief's fiber has the name of what it has stolen.
void a_stolen_task_has_a_victim_and_a_name() {
  Started scheduler({.threads = 2});
  CHECK(scheduler->start_trace(1 << 12));
  std::uint32_t const label = label_of("robbed");
  Atomic<int> ended{0};
  for (int round = 0; round < 20; ++round) {
    Job& root = root_job([&] {
      KernelContext t = KernelContext::current();
      Atomic<int> ran{0};
      for (int i = 0; i < 8; ++i) t.fork<leaf>(&ran);
      while (ran.load(relaxed) == 0) cpu_relax();
      for (int i = 0; i < 8; ++i) t.join<leaf>();
      ended.fetch_add(1, relaxed);
    });
    root.label = label;
    scheduler->submit(root);
    wait_until([&] { return ended.load(relaxed) == round + 1; });
  }
  scheduler->stop_trace();
  std::ptrdiff_t named = 0;
  for (std::uint32_t worker = 0; worker < 2; ++worker) {
    auto const events = scheduler->trace(worker);
    for (std::size_t i = 0; i + 1 < events.size(); ++i) {
      if (events[i].kind != TraceKind::Steal) continue;
      CHECK(events[i].other < 2);
      bool const is_run = events[i + 1].kind == TraceKind::Run;
      if (events[i].other != worker && is_run && events[i + 1].other == label) ++named;
    }
  }
  CHECK(named > 0);
}

// Whoever has woken a worker is known, and when it did.
void a_wake_up_has_a_cause() {
  Started scheduler({.threads = 1});
  CHECK(scheduler->start_trace(1 << 12));
  auto const parks = [&] {
    return count_events(*scheduler,
                        [](auto const& event) { return event.kind == TraceKind::Park; });
  };
  auto const woken_by = [&](std::uint32_t who) {
    return count_events(*scheduler, [=](auto const& event) {
      return event.kind == TraceKind::Wake && event.other == who && event.subject > 0 &&
             event.subject <= event.time_ns;
    });
  };
  // Until it sleeps when it is needed: it searches first.
  while (woken_by(Roused::kTracing) == 0) {
    std::ptrdiff_t const before = parks();
    run(*scheduler, [] {});
    wait_until([&] { return parks() > before; });
  }
  std::thread([&] {
    while (woken_by(Roused::kOutside) == 0) {
      std::ptrdiff_t const before = parks();
      run(*scheduler, [] {});
      wait_until([&] { return parks() > before; });
    }
  }).join();
}

}  // namespace

int main() {
  nothing_is_kept_before_it_is_wanted();
  the_last_events_are_kept();
  starting_again_forgets_what_was_before();
  names_have_numbers();
  a_reader_gets_whole_events();
  a_stolen_task_has_a_victim_and_a_name();
  a_wake_up_has_a_cause();
  a_scheduler_is_seen_at_work();
  std::puts("ok");
}
