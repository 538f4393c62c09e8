// Unit: a ring degrades flag by flag and entry by entry, and its last word is the kernel's.
//
// The seam `queue_init` stands in for the kernel: it refuses what the test wants refused and
// passes the rest on. Through it the test also gets hold of the ring underneath, to send
// completions that nobody is waiting for.

#include <cerrno>
#include <cstdio>

#include "base/check.h"
#include "ring/ring.h"

#if HEDDLE_HAVE_LIBURING

#include <fcntl.h>
#include <liburing.h>
#include <unistd.h>

#include <vector>

using namespace heddle;

namespace {

struct Kernel {
  unsigned flags_unknown = 0;
  unsigned entries_max = ~0u;
  int error = 0;      // Whatever is asked.
  bool weak = false;  // Promises nothing.
  unsigned tries = 0;
  io_uring* ring = nullptr;
};
Kernel kernel;

int queue_init(unsigned entries, io_uring* ring, io_uring_params* params) {
  ++kernel.tries;
  kernel.ring = ring;
  if (kernel.error != 0) return -kernel.error;
  if ((params->flags & kernel.flags_unknown) != 0) return -EINVAL;
  if (entries > kernel.entries_max) return -ENOMEM;
  int const result = io_uring_queue_init_params(entries, ring, params);
  if (kernel.weak) params->features = 0;
  return result;
}

Result<std::unique_ptr<Ring>> open_on(Kernel const& described) {
  kernel = described;
  RingOptions options;
  options.queue_init = queue_init;
  return Ring::open(options);
}

struct Counted : Completion {
  Counted() {
    complete = [](Completion& self, std::int32_t result) {
      auto& counted = static_cast<Counted&>(self);
      counted.result = result;
      ++counted.times;
    };
  }
  std::int32_t result = -1;
  int times = 0;
};

void drain(Ring& ring) {
  while (ring.in_flight() > 0) {
    ring.enter(Wait::One);
    ring.reap();
  }
}

bool describes(Ring const& ring, char const* text) {
  return ring.describe().find(text) != std::string::npos;
}

void works(Ring& ring) {
  Counted nop;
  ring.enable();
  ring.nop(nop);
  drain(ring);
  CHECK(nop.times == 1);
  ring.quiesce();
}

void every_step_down_still_works() {
  struct {
    unsigned unknown;
    unsigned tries;
    char const* flags;
  } const steps[] = {
      {IORING_SETUP_DEFER_TASKRUN, 2, "flags SINGLE_ISSUER|COOP_TASKRUN|SUBMIT_ALL;"},
      {IORING_SETUP_SINGLE_ISSUER, 3, "flags COOP_TASKRUN|SUBMIT_ALL;"},
      {IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_COOP_TASKRUN, 4, "flags SUBMIT_ALL;"},
      {IORING_SETUP_SUBMIT_ALL, 5, "flags none;"},
  };
  for (auto const& step : steps) {
    auto ring = open_on({.flags_unknown = step.unknown});
    CHECK(ring.ok());
    CHECK(kernel.tries == step.tries);
    CHECK(describes(*ring.value(), step.flags));
    works(*ring.value());
  }
}

void never_asks_for_a_polling_thread() {
  auto ring = open_on({.flags_unknown = IORING_SETUP_SQPOLL | IORING_SETUP_IOPOLL});
  CHECK(ring.ok() && kernel.tries == 1);
}

void halves_the_entries_while_memory_is_short() {
  auto ring = open_on({.entries_max = 40});
  CHECK(ring.ok());
  CHECK(kernel.tries == 4);  // 256, 128, 64, 32
  CHECK(describes(*ring.value(), "32 entries"));
  works(*ring.value());
}

void gives_up_when_not_even_a_few_entries_fit() {
  auto ring = open_on({.entries_max = 7});
  CHECK(!ring.ok() && ring.error() == Errno{ENOMEM});
}

void a_refusal_is_final() {
  for (int error : {EPERM, ENOSYS, EMFILE}) {
    auto ring = open_on({.error = error});
    CHECK(!ring.ok() && ring.error() == Errno{error});
    CHECK(kernel.tries == 1);
  }
}

void an_unknown_interface_is_tried_once_a_step() {
  auto ring = open_on({.error = EINVAL});
  CHECK(!ring.ok() && ring.error() == Errno{EINVAL});
  CHECK(kernel.tries == 5);
}

void asks_for_promises_not_for_versions() {
  auto ring = open_on({.weak = true});
  CHECK(!ring.ok() && ring.error() == Errno{EOPNOTSUPP});
}

void a_completion_nobody_waits_for_is_counted_and_ignored() {
  auto opened = open_on({});
  CHECK(opened.ok());
  Ring& ring = *opened.value();
  ring.enable();
  Counted first, second;
  ring.nop(first);
  drain(ring);
  auto const send = [](std::uint64_t user_data) {
    io_uring_sqe* const sqe = io_uring_get_sqe(kernel.ring);
    io_uring_prep_nop(sqe);
    sqe->user_data = user_data;
  };
  ring.nop(second);                               // In the first one's slot, a generation later.
  send(static_cast<std::uint64_t>(first.token));  // As if the first completed again.
  send(0);
  send(std::uint64_t{77} << 32 | 4095);
  drain(ring);
  CHECK(first.times == 1 && second.times == 1);
  CHECK(ring.stale() == 3);
  ring.quiesce();
}

// Sixteen completions fit; the kernel keeps the others until it is asked.
void loses_nothing_when_the_completion_queue_overflows() {
  constexpr unsigned kMany = 500;
  kernel = {};
  RingOptions options{.entries = 8, .in_flight_max = kMany, .queue_init = queue_init};
  auto opened = Ring::open(options);
  CHECK(opened.ok());
  Ring& ring = *opened.value();
  ring.enable();
  int pipe_fds[2];
  CHECK(pipe2(pipe_fds, O_CLOEXEC) == 0);
  std::vector<Counted> reads(kMany);
  std::vector<char> bytes(kMany);
  for (unsigned i = 0; i < kMany; ++i) {
    ring.read(reads[i], pipe_fds[0], &bytes[i], 1, -1, Issue::Here);
  }
  ring.enter(Wait::No);
  CHECK(ring.reap() == 0);
  ::close(pipe_fds[1]);  // Completes all of them at once, with end of file.
  ring.enter(Wait::No);
  CHECK(io_uring_cq_has_overflow(kernel.ring));  // Else this tested nothing.
  drain(ring);
  for (auto const& read : reads) CHECK(read.times == 1 && read.result == 0);
  ring.quiesce();
  ::close(pipe_fds[0]);
}

}  // namespace

int main() {
  if (!Ring::open({}).ok()) {
    std::printf("skipped: no io_uring here\n");
    return 0;
  }
  every_step_down_still_works();
  never_asks_for_a_polling_thread();
  halves_the_entries_while_memory_is_short();
  gives_up_when_not_even_a_few_entries_fit();
  a_refusal_is_final();
  an_unknown_interface_is_tried_once_a_step();
  asks_for_promises_not_for_versions();
  a_completion_nobody_waits_for_is_counted_and_ignored();
  loses_nothing_when_the_completion_queue_overflows();
}

#else

int main() {
  CHECK(!heddle::Ring::open({}).ok());
}

#endif
