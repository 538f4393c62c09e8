// Model: never two sit in one seat, what one has left there the next one sees, and a stop ends it,
// however they interleave: the native thread, an isolate that comes and goes, and whoever stops.
//
// The worker's loop is a plain number that whoever sits raises. Its real parts are in worker.cc,
// seat.cc and isolate.cc; isolate_stress has them with threads.

#include "model/suite.h"
#include "sched/seat.h"

using namespace heddle;

namespace {

struct Shared {
  Shared() { (void)seat.change(Seat::kEmpty, Seat::kNative); }

  Seat seat;
  Plain<int> turns = 0;
  Atomic<std::uint32_t> token{0};  // The native thread sleeps on it.
  Atomic<std::uint32_t> rings{0};  // The isolate's event loop.
  Atomic<bool> stopping{false};

  void take_turn() { turns.write(turns.read() + 1); }

  // --- Worker::run_thread().

  void run_native() {
    while (true) {
      take_turn();
      // Acquire pairs with stop().
      bool const stops = stopping.load(acquire);
      if (stops) {
        if (seat.change(Seat::kNative, Seat::kEmpty)) break;
        if (seat.change(Seat::kAsked, Seat::kEmpty)) break;
      } else if (seat.state() == Seat::kAsked) {
        if (seat.change(Seat::kAsked, Seat::kOffered)) break;
      } else {
        // Acquire pairs with wake_native(), in place of the sleepers' lock.
        while (token.exchange(0, acquire) == 0) futex_wait(token, 0);
      }
    }
    seat.ring();
  }

  void wake_native() {
    // Release pairs with run_native(); acquire, as the lock would.
    (void)token.exchange(1, acq_rel);
    futex_wake(token, 1);
  }

  // --- IsolateSide: asks, is rung, sits. It dies after so many rings, and somebody native goes on.

  void run_isolate(int rings_until_death) {
    seat.set_bell({ring, this});
    if (seat.change(Seat::kNative, Seat::kAsked)) {
      wake_native();
    } else {
      seat.ring();
    }
    for (int i = 0; i < rings_until_death; ++i) {
      // Acquire pairs with ring(), in place of the event loop's own lock.
      std::uint32_t const seen = rings.load(acquire);
      if (seat.state() == Seat::kEmpty) return;
      bool const sits = seat.state() == Seat::kIsolate ||
                        seat.change(Seat::kOffered, Seat::kIsolate);
      if (sits) {
        take_turn();
        // Acquire as above.
        if (stopping.load(acquire)) {
          seat.silence();
          (void)seat.change(Seat::kIsolate, Seat::kEmpty);
          return;
        }
      }
      while (rings.load(relaxed) == seen) futex_wait(rings, seen);
    }
    withdraw();
  }

  void withdraw() {
    seat.silence();
    if (seat.change(Seat::kAsked, Seat::kNative)) return;
    bool const was_mine = seat.change(Seat::kOffered, Seat::kNative) ||
                          seat.change(Seat::kIsolate, Seat::kNative);
    if (was_mine && !model::mutant("nobody goes on for an isolate that dies")) run_native();
  }

  static void ring(void* self) {
    auto& shared = *static_cast<Shared*>(self);
    // Release pairs with run_isolate().
    shared.rings.fetch_add(1, release);
    futex_wake(shared.rings, 1);
  }

  // --- Scheduler::stop() and Worker::await_end().

  void stop() {
    // Release pairs with who sits.
    stopping.store(true, release);
    wake_native();
    if (!model::mutant("a stop rings nobody")) seat.ring();
    while (true) {
      Seat::State const state = seat.state();
      if (state == Seat::kEmpty) break;
      if (state == Seat::kOffered) {
        if (seat.change(Seat::kOffered, Seat::kNative)) run_native();
      } else {
        seat.await_change(state, model::kForever);
      }
    }
    take_turn();  // What they have left is seen.
  }
};

void an_isolate_comes_while_it_is_stopped(model::Program& program) {
  auto* s = program.make<Shared>();
  program.thread("native", [=] { s->run_native(); });
  program.thread("isolate", [=] { s->run_isolate(3); });
  program.thread("owner", [=] { s->stop(); });
}

void an_isolate_dies_at_any_moment(model::Program& program) {
  auto* s = program.make<Shared>();
  program.thread("native", [=] { s->run_native(); });
  program.thread("isolate", [=] { s->run_isolate(1); });
  program.thread("owner", [=] { s->stop(); });
}

}  // namespace

int main(int argc, char** argv) {
  return model::Suite()
      .program("an isolate dies at any moment", an_isolate_dies_at_any_moment,
               {.preemptions = 2, .surprises = 0})
      .program("an isolate comes while it is stopped", an_isolate_comes_while_it_is_stopped,
               {.preemptions = 1, .surprises = 0})
      .mutates("seat.h")
      .run(argc, argv);
}
