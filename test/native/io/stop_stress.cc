// Stress: an engine that is stopped under load ends every operation once, and then writes no more.
//
// Threads submit a thousand operations while another stops the engine: reads of pipes that
// nobody writes, opens of FIFOs that nobody opens, reads of files, closes. Some are cancelled
// on the way. When an operation is over its buffer is painted; after the stop the pipes are
// written to at last, and a buffer that loses its paint was written to after the end of its
// operation. The bytes must all still be in the pipes. Replays with --seed N.

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cstring>
#include <deque>
#include <filesystem>
#include <iterator>
#include <memory>
#include <thread>

#include "base/random.h"
#include "io/engines.h"
#include "support/scratch.h"
#include "support/stress.h"
#include "support/threads.h"

using namespace heddle;

namespace {

constexpr std::size_t kThreads = 3;
constexpr std::size_t kEach = 400;
constexpr std::size_t kPipes = 16;
constexpr std::size_t kBytes = 512;
constexpr unsigned char kPaint = 0xa5;

// An operation and what it may write to.
struct Painted : Operation {
  Painted() {
    done = [](Operation& self) -> Fiber* {
      auto& painted = static_cast<Painted&>(self);
      std::memset(painted.bytes, kPaint, sizeof(painted.bytes));
      CHECK(painted.times.fetch_add(1, relaxed) == 0);
      return nullptr;
    };
  }

  void check_paint() const {
    for (unsigned char byte : bytes) CHECK(byte == kPaint);
  }

  unsigned char bytes[kBytes] = {};
  Atomic<int> times{0};
};

struct World {
  World() {
    CHECK(mkfifo(fifo.c_str(), 0600) == 0);
    file = ::open(text.c_str(), O_RDONLY | O_CLOEXEC);
    CHECK(file >= 0);
  }
  ~World() { ::close(file); }

  void fill_in(Painted& operation, Random& random) {
    switch (random.below(10)) {
      case 0:
        return operation.set_open(fifo.c_str(), O_RDONLY, 0);
      case 1:
        return operation.set_open(text.c_str(), O_RDONLY, 0);
      case 2:
        return operation.set_close(::open("/dev/null", O_RDONLY | O_CLOEXEC));
      case 3:
        return operation.set_read(file, operation.bytes, kBytes, 100);
      case 4:  // A kernel worker's.
        return operation.set_read(pipes[0].reading, large.data(), large.size(), -1);
      case 5:
        return operation.set_timer(kNoDeadline / 2);
      case 6:
        return operation.set_poll(pipes[0].reading, POLLIN);
      default:
        auto const& pipe = pipes[random.below(kPipes)];
        return operation.set_read(pipe.reading, operation.bytes, kBytes, -1);
    }
  }

  // Whatever still reads would take some of it.
  void check_that_nobody_reads() {
    for (auto& pipe : pipes) {
      CHECK(write(pipe.writing, "late", 4) == 4);
      usleep(100);
      int left = 0;
      CHECK(ioctl(pipe.reading, FIONREAD, &left) == 0 && left == 4);
    }
  }

  test::Scratch scratch;
  std::string const fifo = scratch.path("fifo");
  std::string const text = scratch.file("text", std::string(2000, 'x'));
  int file;
  std::string large = std::string(300'000, 'x');
  std::array<test::Pipe, kPipes> pipes;
};

struct Tally {
  int finished = 0;
  int cancelled = 0;
};

// Every operation is over, once; closes what was opened.
Tally settle(std::deque<Painted> const& operations) {
  Tally tally;
  for (Painted const& operation : operations) {
    CHECK(operation.times.load(relaxed) == 1);
    bool const cancelled = operation.result == -ECANCELED;
    ++(cancelled ? tally.cancelled : tally.finished);
    if (operation.code == OperationCode::Close) CHECK(operation.result == 0);
    if (cancelled) continue;
    CHECK(operation.result >= 0);
    if (operation.code == OperationCode::Open) ::close(static_cast<int>(operation.result));
  }
  return tally;
}

std::size_t open_descriptors() {
  std::filesystem::directory_iterator const all("/proc/self/fd");
  return static_cast<std::size_t>(std::distance(begin(all), end(all)));
}

void stress(test::Stress const& run) {
  test::with_engines([&](Io& io) {
    World world;
    test::Waited first;
    first.set_poll(-1, 0);  // For it an engine may begin that has a descriptor of its own.
    CHECK(first.run(io) == -EBADF);
    std::size_t const descriptors = open_descriptors();
    std::array<std::deque<Painted>, kThreads> operations;
    for (auto& mine : operations) mine.resize(kEach);
    Atomic<std::size_t> submitted{0};
    Atomic<std::size_t> late{0};
    Random random{run.seed};
    // Between nearly at once and nearly at the end.
    std::size_t const stop_at = 1 + random.below(kThreads * kEach - 1);

    test::run_together(kThreads + 1, [&](std::size_t thread) {
      if (thread == kThreads) {
        while (submitted.load(relaxed) < stop_at) std::this_thread::yield();
        io.stop();
        late.store(submitted.load(relaxed), relaxed);
        return;
      }
      Random mine{run.seed * kThreads + thread};
      for (Painted& operation : operations[thread]) {
        world.fill_in(operation, mine);
        io.submit(operation);
        submitted.fetch_add(1, relaxed);
        if (mine.below(10) == 0) io.cancel(operation);
        if (mine.below(20) == 0) std::this_thread::yield();
      }
    });
    run.progress();

    CHECK(io.stats().in_flight == 0);
    Tally tally;
    for (auto const& mine : operations) {
      Tally const one = settle(mine);
      tally.finished += one.finished;
      tally.cancelled += one.cancelled;
    }
    CHECK(open_descriptors() == descriptors);
    world.check_that_nobody_reads();
    for (auto const& mine : operations) {
      for (Painted const& operation : mine) operation.check_paint();
    }
    std::printf("stopped after %zu to %zu of %zu: %d finished, %d cancelled\n", stop_at,
                late.load(relaxed), kThreads * kEach, tally.finished, tally.cancelled);
    CHECK(tally.cancelled > 0);  // Else it was not stopped under load.
  });
}

void with_a_thousand_in_flight(test::Stress const& run) {
  test::with_engines([&](Io& io) {
    World world;
    std::deque<Painted> operations(1000);
    std::size_t next = 0;
    for (Painted& operation : operations) {
      auto const& pipe = world.pipes[next++ % kPipes];
      operation.set_read(pipe.reading, operation.bytes, kBytes, -1);
      io.submit(operation);
    }
    CHECK(io.stats().in_flight == operations.size());
    io.stop();
    Tally const tally = settle(operations);
    CHECK(tally.cancelled == 1000);
    world.check_that_nobody_reads();
    for (Painted const& operation : operations) operation.check_paint();
    run.progress();
  });
}

}  // namespace

int main(int argc, char** argv) {
  return test::run_seeds(argc, argv, 10, [](test::Stress const& run) {
    with_a_thousand_in_flight(run);
    stress(run);
  });
}
