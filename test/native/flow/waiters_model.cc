// Model: a value that one thread brings, and edges that another adds meanwhile: each edge is told
// exactly once (E2), and whoever is told, or refused, may read what was written before (E3).

#include "flow/waiters.h"

#include "model/suite.h"

using namespace heddle;

namespace {

struct Edge {
  Plain<Edge*> next = nullptr;
  Plain<int> token = 0;  // Written by whoever adds, read by who closes.
  int told = 0;
};

struct Shared {
  Waiters<Edge> waiters;
  Plain<int> value = 0;
  Edge edges[2];
  int refused = 0;

  void add(int index) {
    Edge& edge = edges[index];
    edge.token.write(index + 1);
    if (waiters.add(edge)) return;
    model::require(value.read() == 42, "refused without a value");
    ++refused;
    ++edge.told;
  }

  void bring() {
    value.write(42);
    Edge* edge = waiters.close();
    while (edge != nullptr) {
      Edge* const next = edge->next.read();
      model::require(edge->token.read() != 0, "told before it was written");
      ++edge->told;
      edge = next;
    }
  }
};

void every_edge_is_told_once(model::Program& program) {
  auto* s = program.make<Shared>();
  program.thread("adds", [=] {
    s->add(0);
    s->add(1);
  });
  program.thread("brings", [=] { s->bring(); });
  program.finally([=] {
    model::require(s->edges[0].told == 1 && s->edges[1].told == 1, "lost, or told twice");
  });
}

}  // namespace

int main(int argc, char** argv) {
  return model::Suite()
      .program("every edge is told once", every_edge_is_told_once, {.preemptions = 3})
      .mutates("waiters.h")
      .run(argc, argv);
}
