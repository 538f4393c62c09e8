#pragma once
// One table of tests for both engines, and an operation that a plain thread can wait for.

#include <fcntl.h>
#include <unistd.h>

#include <cstdio>

#include "base/check.h"
#include "base/futex.h"
#include "io/io.h"

namespace heddle::test {

// Calls body(io) for a ring, where there can be one, and for the blocking pool.
template <class Body>
void with_engines(Body body, IoOptions options = {}) {
  for (auto wanted : {Io::Wanted::IoUring, Io::Wanted::Threads}) {
    options.wanted = wanted;
    auto io = Io::start(options);
    if (!io.ok() && wanted == Io::Wanted::IoUring) {
      std::printf("skipped: no io_uring here\n");
      continue;
    }
    CHECK(io.ok());
    body(*io.value());
  }
}

class Waited : public Operation {
 public:
  Waited() {
    done = [](Operation& self) -> Fiber* {
      auto& waited = static_cast<Waited&>(self);
      // Release pairs with is_done(): the result, and what was read.
      CHECK(waited.times_.fetch_add(1, release) == 0);
      futex_wake(waited.times_, 1);
      return nullptr;
    };
  }

  // Acquire pairs with `done`.
  bool is_done() const { return times_.load(acquire) == 1; }

  std::int64_t wait() {
    while (!is_done()) futex_wait(times_, 0);
    return result;
  }

  std::int64_t run(Io& io) {
    io.submit(*this);
    return wait();
  }

 private:
  Atomic<std::uint32_t> times_{0};
};

// Two ends, closed when it goes.
struct Pipe {
  Pipe() {
    int ends[2];
    CHECK(pipe2(ends, O_CLOEXEC) == 0);
    reading = ends[0];
    writing = ends[1];
  }
  ~Pipe() {
    if (reading >= 0) ::close(reading);
    close_writing();
  }
  Pipe(Pipe const&) = delete;
  Pipe& operator=(Pipe const&) = delete;

  void close_writing() {
    if (writing >= 0) ::close(writing);
    writing = -1;
  }

  int reading;
  int writing;
};

inline bool is_open(int fd) {
  return fcntl(fd, F_GETFD) != -1;
}

}  // namespace heddle::test
