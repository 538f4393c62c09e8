#pragma once
// Fibers over both engines: a scheduler, an Io, and files that are cached or are not.

#include <fcntl.h>
#include <unistd.h>

#include <deque>
#include <string>

#include "base/check.h"
#include "heddle/scheduler.h"
#include "io/attempt.h"
#include "io/engines.h"
#include "support/scratch.h"

namespace heddle::test {

// Calls body(io, scheduler) for each engine.
template <class Body>
void with_schedulers(std::uint32_t threads, Body body) {
  with_engines([&](Io& io) {
    auto scheduler = Scheduler::start({.threads = threads});
    CHECK(scheduler.ok());
    body(io, *scheduler.value());
    scheduler.value()->stop();
    // The engine's thread may still be leaving resume_all(), which looks at the workers.
    io.stop();
  });
}

// Calls body(io) on a fiber, for each engine.
template <class Body>
void on_fibers(Body body) {
  with_schedulers(1, [&](Io& io, Scheduler& scheduler) { run(scheduler, [&] { body(io); }); });
}

// Calls body(i) for 0 to count - 1, each on a fiber of its own, and waits for all.
template <class Body>
void on_many_fibers(Scheduler& scheduler, std::uint32_t count, Body body) {
  struct Call : Job {
    Call(Body& call_body, Atomic<std::uint32_t>& calls_left, std::uint32_t number)
        : Job(start, Kind::Root), body(call_body), left(calls_left), i(number) {}
    static Job* start(Job& self) {
      auto& call = static_cast<Call&>(self);
      call.body(call.i);
      Atomic<std::uint32_t>& left = call.left;
      // Release pairs with the wait below; the calls may be gone next.
      if (left.fetch_sub(1, acq_rel) == 1) futex_wake(left, 1);
      return nullptr;
    }
    Body& body;
    Atomic<std::uint32_t>& left;
    std::uint32_t i;
  };
  Atomic<std::uint32_t> left{count};
  std::deque<Call> calls;
  Queue<Job> jobs;
  for (std::uint32_t i = 0; i < count; ++i) jobs.push_back(calls.emplace_back(body, left, i));
  scheduler.submit(std::move(jobs));
  // Acquire pairs with the calls' ends.
  for (std::uint32_t n; (n = left.load(acquire)) > 0;) futex_wait(left, n);
}

// Bytes that differ from their neighbours near and far.
inline std::string pattern(std::size_t bytes) {
  std::string content(bytes, 0);
  for (std::size_t i = 0; i < bytes; ++i) content[i] = static_cast<char>(i * 131 + i / 4096);
  return content;
}

// Takes a file out of the page cache, but for what was not yet written to the disk.
inline void evict(std::string const& path) {
  int const fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  CHECK(fd >= 0);
  CHECK(posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED) == 0);
  ::close(fd);
}

// Takes all of a file out of the page cache, where its file system lets go of it.
inline void make_cold(std::string const& path) {
  int const fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  CHECK(fd >= 0);
  CHECK(fsync(fd) == 0);
  ::close(fd);
  evict(path);
}

// What the file system under /tmp does. An overlay may refuse to read without waiting, and a
// tmpfs forgets nothing.
inline bool answers_at_once() {
  Scratch scratch;
  int const fd = ::open(scratch.file("hot", "x").c_str(), O_RDONLY | O_CLOEXEC);
  char byte;
  bool const answered = attempt_read(fd, &byte, 1, 0, Direct::No) == 1;
  ::close(fd);
  return answered;
}

inline bool gets_cold() {
  Scratch scratch;
  std::string const path = scratch.file("cold", "x");
  make_cold(path);
  int const fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  char byte;
  bool const waits = attempt_read(fd, &byte, 1, 0, Direct::No) == -EAGAIN;
  ::close(fd);
  return waits;
}

}  // namespace heddle::test
