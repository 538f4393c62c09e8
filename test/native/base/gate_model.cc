// Model: users of a gate and who shuts it, every interleaving: nothing is used once it is shut and
// the last user has left, and who has shut it comes to know of that.
//
// By the gate's own word, and by a flag, which is what an event is to a fiber.

#include "base/gate.h"

#include "model/suite.h"

using namespace heddle;

namespace {

struct FlagSleeper {
  void wait(Atomic<std::uint32_t>& word, std::uint32_t) {
    // Acquire pairs with wake(), as an event's: the last who leaves.
    while (told.load(acquire) == 0) futex_wait(told, 0);
    // Acquire pairs with leave(), as in FiberSleeper: all the others.
    (void)word.load(acquire);
  }

  void wake(Atomic<std::uint32_t>&) {
    told.store(1, release);
    futex_wake(told, 1);
  }

  Atomic<std::uint32_t> told{0};
};

template <class Sleeper>
struct Shared {
  void use(int user) {
    if (!gate.enter()) {
      model::require(closing.load(relaxed) == 1, "refused before it was shut");
      return;
    }
    model::require(content[user].read() == 0, "used after its end");
    content[user].write(1);
    content[user].write(0);
    gate.leave();
  }

  void shut() {
    closing.store(1, relaxed);
    gate.shut();
    for (auto& each : content) each.write(2);
  }

  BasicGate<Sleeper> gate;
  Atomic<int> closing{0};
  model::Plain<int> content[2];  // Of each user; ended by a write.
};

template <class Sleeper>
void two_use_it_and_one_shuts_it(model::Program& program) {
  auto* s = program.make<Shared<Sleeper>>();
  program.thread("uses it", [=] { s->use(0); });
  program.thread("uses it, too", [=] { s->use(1); });
  program.thread("shuts it", [=] { s->shut(); });
}

}  // namespace

int main(int argc, char** argv) {
  return model::Suite()
      .program("two use it and a thread shuts it", two_use_it_and_one_shuts_it<ThreadSleeper>)
      .program("two use it and a fiber shuts it", two_use_it_and_one_shuts_it<FlagSleeper>)
      .mutates("gate.h")
      .mutates("gate_model.cc")
      .run(argc, argv);
}
