// A trace says what happened, in order, and costs nothing while nobody wants it.

#include <algorithm>

#include "sched/harness.h"

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

// Whoever reads while the worker writes gets events that are whole: time and subject agree.
void a_reader_gets_whole_events() {
  Tracer tracer;
  CHECK(tracer.start(64));
  Atomic<bool> end{false};
  std::thread writer([&] {
    for (std::uint64_t i = 0; !end.load(relaxed); ++i) {
      tracer.record(i % 2 == 0 ? TraceKind::Park : TraceKind::Wake, i);
    }
  });
  std::size_t seen = 0;
  for (int round = 0; round < 20'000 || seen == 0; ++round) {
    std::uint64_t before = 0;
    for (TraceEvent const& event : tracer.events()) {
      CHECK(event.kind == (event.subject % 2 == 0 ? TraceKind::Park : TraceKind::Wake));
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
  for (TraceKind const kind : {TraceKind::Steal, TraceKind::Run, TraceKind::Suspend, TraceKind::End,
                               TraceKind::Resume, TraceKind::Park, TraceKind::Wake}) {
    std::ptrdiff_t count = 0;
    for (std::uint32_t worker = 0; worker < 2; ++worker) {
      auto const events = scheduler->trace(worker);
      count += std::count_if(events.begin(), events.end(),
                             [kind](TraceEvent const& event) { return event.kind == kind; });
    }
    CHECK(count > 0);
  }
}

}  // namespace

int main() {
  nothing_is_kept_before_it_is_wanted();
  the_last_events_are_kept();
  a_reader_gets_whole_events();
  a_scheduler_is_seen_at_work();
  std::puts("ok");
}
