// Unit: an engine with nothing to do uses no processor time, down to the last nanosecond.
//
// Both after having worked, so that the threads exist, and with a read in flight that waits.

#include <unistd.h>

#include <map>

#include "io/engines.h"
#include "support/process.h"

using namespace heddle;
using test::CpuUse;
using test::Waited;

namespace {

void warm_up(Io& io) {
  for (int i = 0; i < 100; ++i) {
    Waited nop;
    nop.set_nop();
    nop.run(io);
  }
  usleep(100'000);  // Until the threads have gone to sleep.
}

void rests(char const* what) {
  auto const before = test::cpu_use();
  sleep(2);
  auto const after = test::cpu_use();
  CHECK(before.size() == after.size());
  for (auto const& [thread, use] : before) {
    if (thread == getpid()) continue;  // That is us.
    std::printf("%s: thread %d: %llu ns\n", what, thread,
                static_cast<unsigned long long>(after.at(thread).nanoseconds - use.nanoseconds));
    CHECK(after.at(thread) == use);
  }
}

void an_idle_engine_uses_no_processor_time() {
  test::with_engines([](Io& io) {
    warm_up(io);
    rests("idle");
  });
}

void a_waiting_read_uses_no_processor_time() {
  test::with_engines([](Io& io) {
    test::Pipe pipe;
    char byte;
    Waited read;
    read.set_read(pipe.reading, &byte, 1, -1);
    io.submit(read);
    warm_up(io);
    rests("waiting");
    io.cancel(read);
    CHECK(read.wait() == -ECANCELED);
  });
}

}  // namespace

int main() {
  if (test::kSanitized) {
    std::printf("skipped: a sanitizer's own threads are never idle\n");
    return 0;
  }
  an_idle_engine_uses_no_processor_time();
  a_waiting_read_uses_no_processor_time();
}
