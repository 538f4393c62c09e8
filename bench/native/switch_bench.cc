// What does one switch cost: bare, and as a fiber's enter() or leave()?
//
// peers/boost/switch.cc measures the bare one beside Boost.Context's.
#include "fiber/slabs.h"
#include "support/alternate.h"
#include "support/arguments.h"
#include "support/switches.h"

static void leave_forever(heddle::Fiber& self) {
  for (;;) self.leave();
}

int main(int argc, char** argv) {
  bench::Arguments const arguments = bench::parse_arguments(argc, argv);
  bench::Pong pong;
  heddle::FiberSlabs slabs({.stack_bytes = 64 * 1024, .tail_bytes = 4096});
  heddle::Host host;
  heddle::Fiber& fiber = *slabs.make(leave_forever);
  auto const taken = bench::alternate(11, arguments.size_or(2'000'000, 1000),
                                      {[&](long count) {
                                         for (long i = 0; i < count; ++i) pong.round_trip();
                                       },
                                       [&](long count) {
                                         for (long i = 0; i < count; ++i) fiber.enter(host);
                                       }});
  bench::Report("Heddle").add("switch", taken[0] / 2).add("fiber_switch", taken[1] / 2).print();
}
