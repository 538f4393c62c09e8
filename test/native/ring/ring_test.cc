// Unit: what goes into a ring comes out of it, once, with the kernel's own answer.
//
// Skips where this kernel or container has no io_uring; the seams of setup_test.cc and the
// blocking pool's tests cover those machines.

#include "ring/ring.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "base/check.h"
#include "base/clock.h"
#include "support/scratch.h"

using namespace heddle;

namespace {

// Notes its result, and that there was only one.
struct Noted : Completion {
  Noted() {
    complete = [](Completion& self, std::int32_t result) {
      auto& noted = static_cast<Noted&>(self);
      noted.result = result;
      ++noted.times;
    };
  }
  std::int32_t result = 0;
  int times = 0;
};

std::unique_ptr<Ring> open_ring(RingOptions const& options = {}) {
  auto ring = Ring::open(options);
  CHECK(ring.ok());
  ring.value()->enable();
  return std::move(ring).value();
}

void drain(Ring& ring) {
  while (ring.in_flight() > 0) {
    ring.enter(Wait::One);
    ring.reap();
  }
}

void finish(Ring& ring) {
  drain(ring);
  ring.quiesce();
}

void a_nop_completes_once() {
  auto ring = open_ring();
  Noted nop;
  nop.result = -1;
  ring->nop(nop);
  CHECK(ring->in_flight() == 1);
  CHECK(nop.times == 0);
  drain(*ring);
  CHECK(nop.times == 1 && nop.result == 0);
  finish(*ring);
  CHECK(nop.times == 1);
}

void opens_reads_and_closes_a_file() {
  test::Scratch scratch;
  std::string const path = scratch.file("greeting", "hello, ring");
  auto ring = open_ring();

  Noted open;
  ring->openat(open, path.c_str(), O_RDONLY, 0);
  drain(*ring);
  CHECK(open.result >= 0);
  CHECK(fcntl(open.result, F_GETFD) == FD_CLOEXEC);

  char bytes[64] = {};
  Noted read;
  ring->read(read, open.result, bytes, sizeof(bytes), 7, Issue::Here);
  drain(*ring);
  CHECK(read.result == 4);
  CHECK(std::strcmp(bytes, "ring") == 0);

  Noted close;
  ring->close(close, open.result);
  drain(*ring);
  CHECK(close.result == 0);
  CHECK(fcntl(open.result, F_GETFD) == -1 && errno == EBADF);
  finish(*ring);
}

void a_read_without_an_offset_moves_the_position() {
  test::Scratch scratch;
  int const fd = ::open(scratch.file("digits", "0123456789").c_str(), O_RDONLY | O_CLOEXEC);
  auto ring = open_ring();
  char bytes[4] = {};
  for (char const* expected : {"012", "345"}) {
    Noted read;
    ring->read(read, fd, bytes, 3, -1, Issue::KernelWorker);
    drain(*ring);
    CHECK(read.result == 3 && std::strcmp(bytes, expected) == 0);
  }
  finish(*ring);
  ::close(fd);
}

void a_failure_is_the_kernels_errno() {
  auto ring = open_ring();
  char byte;
  Noted bad_fd, no_file;
  ring->read(bad_fd, -1, &byte, 1, 0, Issue::Here);
  ring->openat(no_file, "/nowhere/at/all", O_RDONLY, 0);
  drain(*ring);
  CHECK(bad_fd.result == -EBADF);
  CHECK(no_file.result == -ENOENT);
  finish(*ring);
}

void takes_many_more_operations_than_it_has_entries() {
  constexpr unsigned kMany = 3000;
  RingOptions options;
  options.entries = 8;
  options.in_flight_max = kMany;
  auto ring = open_ring(options);
  std::vector<Noted> nops(kMany);
  for (auto& nop : nops) ring->nop(nop);
  drain(*ring);
  for (auto& nop : nops) CHECK(nop.times == 1 && nop.result == 0);
  finish(*ring);
}

void another_thread_wakes_it() {
  auto ring = open_ring();
  for (int i = 0; i < 100; ++i) {
    std::thread waker([&] { ring->wake(); });
    ring->enter(Wait::One);  // Returns, or the test hangs.
    ring->reap();
    waker.join();
  }
  CHECK(ring->in_flight() == 0);
  finish(*ring);
}

void a_wake_before_the_sleep_is_not_lost() {
  auto ring = open_ring();
  ring->wake();
  ring->enter(Wait::One);
  ring->reap();
  finish(*ring);
}

void a_deadline_ends_the_sleep() {
  auto ring = open_ring();
  std::uint64_t const deadline = now_ns() + 2'000'000;
  while (now_ns() < deadline) {
    ring->enter(Wait::One, deadline);
    ring->reap();
  }
  ring->enter(Wait::One, 0);  // Long past.
  Noted nop;
  ring->nop(nop);
  while (nop.times == 0) {
    ring->enter(Wait::One, now_ns() + kNanosecondsPerSecond);
    ring->reap();
  }
  CHECK(nop.result == 0);
  finish(*ring);
}

// Cancelled at all moments of their beginnings, at some of which a cancel misses.
void cancels_what_would_wait_for_ever() {
  test::Scratch scratch;
  std::string const fifo = scratch.path("fifo");
  CHECK(mkfifo(fifo.c_str(), 0600) == 0);
  int pipe_fds[2];
  CHECK(pipe2(pipe_fds, O_CLOEXEC) == 0);
  auto ring = open_ring();
  for (unsigned i = 0; i < 200; ++i) {
    char byte;
    Noted here, worker, open;
    ring->read(here, pipe_fds[0], &byte, 1, -1, Issue::Here);
    ring->read(worker, pipe_fds[0], &byte, 1, -1, Issue::KernelWorker);
    ring->openat(open, fifo.c_str(), O_RDONLY, 0);
    ring->enter(Wait::No);
    ring->reap();
    CHECK(ring->in_flight() == 3);
    if (i % 2 == 1) usleep(i);
    while (ring->in_flight() > 0) {
      ring->for_each_in_flight([&](Completion& completion) { ring->cancel(completion.token); });
      ring->enter(Wait::One, now_ns() + 10'000'000);
      ring->reap();
    }
    CHECK(here.times == 1 && here.result == -ECANCELED);
    CHECK(worker.times == 1 && worker.result == -ECANCELED);
    CHECK(open.times == 1 && open.result < 0);  // -ECANCELED, -EINTR or -ERESTARTSYS.
    CHECK(ring->missed() == 0);
  }
  finish(*ring);
  ::close(pipe_fds[0]);
  ::close(pipe_fds[1]);
}

// An open of a FIFO waits in a kernel worker, which can only be told, not taken out.
void says_what_a_cancel_has_missed() {
  test::Scratch scratch;
  std::string const fifo = scratch.path("fifo");
  CHECK(mkfifo(fifo.c_str(), 0600) == 0);
  auto ring = open_ring();
  bool missed = false;
  for (int i = 0; i < 1000 && !missed; ++i) {
    Noted open;
    ring->openat(open, fifo.c_str(), O_RDONLY, 0);
    ring->enter(Wait::No);
    usleep(1000);
    ring->cancel(open.token);
    ring->enter(Wait::No);
    ring->reap();
    missed = ring->missed() == 1;
    CHECK(ring->missed() == (open.missed ? 1 : 0));
    drain(*ring);
    CHECK(ring->missed() == 0);
  }
  CHECK(missed);
  finish(*ring);
}

void a_cancel_that_comes_late_spares_the_slots_next_operation() {
  RingOptions options;
  options.in_flight_max = 1;
  auto ring = open_ring(options);
  int pipe_fds[2];
  CHECK(pipe2(pipe_fds, O_CLOEXEC) == 0);
  Noted nop;
  ring->nop(nop);
  Token const old = nop.token;
  drain(*ring);

  char byte = 0;
  Noted read;
  ring->read(read, pipe_fds[0], &byte, 1, -1, Issue::Here);
  ring->cancel(old);
  ring->enter(Wait::No);
  ring->reap();
  CHECK(ring->in_flight() == 1);
  CHECK(write(pipe_fds[1], "x", 1) == 1);
  drain(*ring);
  CHECK(read.times == 1 && read.result == 1 && byte == 'x');
  finish(*ring);
  ::close(pipe_fds[0]);
  ::close(pipe_fds[1]);
}

}  // namespace

int main() {
  auto probe = Ring::open({});
  if (!probe.ok()) {
    std::printf("skipped: no io_uring here: %s\n", std::strerror(static_cast<int>(probe.error())));
    return 0;
  }
  a_nop_completes_once();
  opens_reads_and_closes_a_file();
  a_read_without_an_offset_moves_the_position();
  a_failure_is_the_kernels_errno();
  takes_many_more_operations_than_it_has_entries();
  another_thread_wakes_it();
  a_wake_before_the_sleep_is_not_lost();
  a_deadline_ends_the_sleep();
  cancels_what_would_wait_for_ever();
  says_what_a_cancel_has_missed();
  a_cancel_that_comes_late_spares_the_slots_next_operation();
}
