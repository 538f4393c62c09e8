// Model: what a reader gets of a trace is whole, in order, and never half of a later event (T1).
//
// The ring is so small that the worker overwrites what is being read. Time and subject of an event
// are written apart, so a reader that mixed two would see them disagree.

#include "sched/tracer.h"

#include "model/suite.h"
#include "sched/tracer.cc"  // A model is linked with nothing that was compiled without it.

using namespace heddle;

namespace {

constexpr std::uint64_t kEvents = 4;

TraceKind kind_of(std::uint64_t subject) {
  return subject % 2 == 0 ? TraceKind::Park : TraceKind::Wake;
}

struct Shared {
  Tracer tracer;

  void record_all() {
    for (std::uint64_t i = 1; i <= kEvents; ++i) tracer.record(kind_of(i), i, std::uint32_t(i));
  }

  void read() const {
    std::uint64_t before = 0;
    for (TraceEvent const& event : tracer.events()) {
      model::require(event.subject > 0 && event.subject <= kEvents,
                     "an event that was not recorded");
      model::require(event.kind == kind_of(event.subject), "half of one event and half of another");
      model::require(event.other == event.subject, "another's other word");
      model::require(before == 0 || event.subject == before + 1, "events out of order");
      before = event.subject;
    }
  }
};

void a_reader_gets_whole_events(model::Program& program) {
  auto* s = program.make<Shared>();
  model::require(s->tracer.start(2), "no memory");
  program.thread("worker", [=] { s->record_all(); });
  program.thread("reader", [=] { s->read(); });
  program.finally([=] { model::require(s->tracer.events().size() == 2, "events are missing"); });
}

// The ring is made while the worker runs and somebody looks.
void a_trace_is_started_under_the_worker(model::Program& program) {
  auto* s = program.make<Shared>();
  program.thread("worker", [=] { s->record_all(); });
  program.thread("starter", [=] { model::require(s->tracer.start(2), "no memory"); });
  program.thread("reader", [=] { s->read(); });
}

// It is exchanged for a larger one, which begins empty.
void a_ring_grows_under_the_worker(model::Program& program) {
  auto* s = program.make<Shared>();
  model::require(s->tracer.start(1), "no memory");
  program.thread("worker", [=] {
    for (std::uint64_t i = 1; i <= 2; ++i) s->tracer.record(kind_of(i), i, std::uint32_t(i));
  });
  program.thread("starter", [=] {
    model::require(s->tracer.start(2), "no memory");
    s->read();
  });
}

// A slot's store would have to be read before the step that it follows: the checker has no load
// buffering. AArch64 does it where these two orders are missing.
constexpr char const* kLoadBuffering = "the checker has no load buffering";

}  // namespace

int main(int argc, char** argv) {
  return model::Suite()
      .program("a reader gets whole events", a_reader_gets_whole_events, {.preemptions = 2})
      .program("a trace is started under the worker", a_trace_is_started_under_the_worker,
               {.preemptions = 2})
      .program("a ring grows under the worker", a_ring_grows_under_the_worker, {.preemptions = 2})
      .mutates("tracer.h")
      .mutates("tracer.cc")
      .survives("tracer.cc append exchange 1 acquire->relaxed", kLoadBuffering)
      .survives("tracer.cc events fetch_add 1 release->relaxed", kLoadBuffering)
      .run(argc, argv);
}
