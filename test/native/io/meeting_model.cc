// Model: who waits and who finishes, every interleaving: neither misses the other.

#include "io/meeting.h"

#include "base/futex.h"
#include "model/suite.h"

using namespace heddle;

namespace {

struct Waiter {
  model::Plain<int> suspended;
  Atomic<std::uint32_t> resumed{0};
  model::Plain<int> unused[2];  // Large enough to be no small number.
};

struct Shared {
  Meeting<Waiter> meeting;
  Waiter waiter;
  model::Plain<int> result;

  // Waits, if there is anything to wait for, as Pending::finish() does.
  int finish() {
    if (!meeting.is_over()) {
      waiter.suspended.write(1);
      if (meeting.wait(waiter)) {
        // Acquire pairs with the release in complete(): what resume() orders.
        while (waiter.resumed.load(acquire) == 0) futex_wait(waiter.resumed, 0);
      }
    }
    meeting.rest();
    return result.read();
  }

  void complete() {
    result.write(7);
    Waiter* const found = meeting.over();
    if (found == nullptr) return;
    model::require(found->suspended.read() == 1, "resumed before it was suspended");
    found->resumed.store(1, release);
    futex_wake(found->resumed, 1);
  }
};

void both_come_at_once(model::Program& program) {
  auto* s = program.make<Shared>();
  s->meeting.begin();
  program.thread("finishes", [=] { model::require(s->finish() == 7, "no result"); });
  program.thread("completes", [=] { s->complete(); });
  program.finally([=] { model::require(s->meeting.is_idle(), "not at rest"); });
}

}  // namespace

int main(int argc, char** argv) {
  return model::Suite()
      .program("both come at once", both_come_at_once)
      .mutates("meeting.h")
      .run(argc, argv);
}
