// Model: an operation whose operands come from two threads while a third still records it: it is
// run exactly once (N2), by whoever brings the last operand or by the recorder who helps, and with
// both operands (N3).

#include "flow/missing.h"

#include "flow/waiters.h"
#include "model/suite.h"

using namespace heddle;

namespace {

struct Edge {
  Plain<Edge*> next = nullptr;
};

// A cell that waits to be brought, and the operand that waits for it.
struct Source {
  Waiters<Edge> waiters;
  Plain<int> value = 0;
  Edge edge;
  Plain<int> operand = 0;
};

struct Shared {
  Source sources[2];
  Missing missing;
  Atomic<bool> claimed{false};
  int runs = 0;

  // operand_arrived()
  void arrive(Source& source) {
    source.operand.write(source.value.read());
    bool const is_last = model::mutant("an operand comes early") ? came_early() : missing.came();
    if (is_last) run();
  }

  bool came_early() {
    missing.came_early();
    return missing.is_none();
  }

  // Maker::settle()
  void bring(int index) {
    Source& source = sources[index];
    source.value.write(21);
    if (source.waiters.close() != nullptr) arrive(source);
  }

  // Stream::begin()
  void record() {
    missing.start(2);
    for (Source& source : sources) {
      if (source.waiters.add(source.edge)) continue;
      source.operand.write(source.value.read());
      missing.came_early();
    }
    if (missing.came()) run();
  }

  // Stream::help()
  void help() {
    if (missing.is_none()) run();
  }

  void run() {
    if (claimed.exchange(true, relaxed)) return;
    ++runs;
    int const sum = sources[0].operand.read() + sources[1].operand.read();
    model::require(sum == 42, "run without its operands");
  }
};

void an_operation_is_run_once(model::Program& program) {
  auto* s = program.make<Shared>();
  program.thread("records", [=] {
    s->record();
    s->help();
  });
  program.thread("brings the left", [=] { s->bring(0); });
  program.thread("brings the right", [=] { s->bring(1); });
  program.finally([=] { model::require(s->runs == 1, "never run, or twice"); });
}

}  // namespace

int main(int argc, char** argv) {
  return model::Suite()
      .program("an operation is run once", an_operation_is_run_once, {.preemptions = 3})
      .mutates("missing.h")
      .run(argc, argv);
}
