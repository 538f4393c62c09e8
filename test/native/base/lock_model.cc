// Model: two and three threads at a lock, every interleaving, every stale read.
//
// The lock guards plain memory, so an order too weak is a data race, and a wake-up too few
// is a thread that sleeps for ever.

#include "base/lock.h"

#include "model/suite.h"

using namespace heddle;

namespace {

struct Shared {
  Lock lock;
  model::Plain<int> count;

  void add() { count.write(count.read() + 1); }
};

model::Build each_adds_one(int threads) {
  return [=](model::Program& program) {
    auto* s = program.make<Shared>();
    for (int i = 0; i < threads; ++i) {
      program.thread([=] {
        LockGuard guarded(s->lock);
        s->add();
      });
    }
    program.finally([=] {
      model::require(s->count.read() == threads, "an update was lost");
      CHECK(s->lock.try_lock());
    });
  };
}

// Who only tries must not disturb who waits.
void one_tries_while_one_waits(model::Program& program) {
  auto* s = program.make<Shared>();
  for (int i = 0; i < 2; ++i) {
    program.thread([=] {
      LockGuard guarded(s->lock);
      s->add();
    });
  }
  program.thread("tries", [=] {
    if (!s->lock.try_lock()) return;
    s->add();
    s->lock.unlock();
  });
}

}  // namespace

int main(int argc, char** argv) {
  return model::Suite()
      .program("each of two adds one", each_adds_one(2))
      .program("each of three adds one", each_adds_one(3))
      .program("one tries while one waits", one_tries_while_one_waits)
      .mutates("lock.h")
      .run(argc, argv);
}
