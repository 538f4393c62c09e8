// Unit: calls that may never return do not hold up those that do, and all of them end.

#include "io/blocking_pool.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <deque>
#include <string>

#include "io/engines.h"
#include "support/process.h"
#include "support/scratch.h"
#include "support/watchdog.h"

using namespace heddle;
using test::Pipe;
using test::Scratch;
using test::Waited;
using test::with_engines;

namespace {

// More than a pool may be stuck in.
constexpr unsigned kMany = 2 * BlockingPool::kStuckMax;

// Everything that waits for somebody: reads, writes, polls and opens.
struct Silence {
  explicit Silence(Io& io, unsigned count) : all(count) {
    CHECK(mkfifo(fifo.c_str(), 0600) == 0);
    CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) == 0);
    CHECK(fcntl(full.writing, F_SETFL, O_NONBLOCK) == 0);
    while (write(full.writing, bytes, sizeof bytes) > 0) continue;
    CHECK(fcntl(full.writing, F_SETFL, 0) == 0);
    for (unsigned i = 0; i < count; ++i) {
      fill_in(all[i], i % 5);
      io.submit(all[i]);
    }
  }
  ~Silence() {
    for (int fd : sockets) ::close(fd);
  }

  void fill_in(Waited& operation, unsigned kind) {
    switch (kind) {
      case 0:
        return operation.set_read(empty.reading, bytes, 1, -1);
      case 1:
        return operation.set_write(full.writing, bytes, sizeof bytes, -1);
      case 2:
        return operation.set_poll(empty.reading, POLLIN);
      case 3:
        return operation.set_read(sockets[0], bytes, 1, -1);
      default:
        operation.wants_thread = true;
        return operation.set_open(fifo.c_str(), O_RDONLY, 0);
    }
  }

  void check_nothing_is_done() const {
    for (Waited const& each : all) CHECK(!each.is_done());
  }

  Scratch scratch;
  std::string const fifo = scratch.path("fifo");
  int sockets[2];
  Pipe empty, full;
  char bytes[4096] = {};
  std::deque<Waited> all;
};

void files_are_read_whatever_else_is_stuck() {
  with_engines([](Io& io) {
    Scratch scratch;
    std::string const path = scratch.file("file", "hello");
    for (unsigned count : {6u, kMany}) {
      Silence silence(io, count);
      for (int i = 0; i < 100; ++i) {
        Waited open, read, close;
        open.set_open(path.c_str(), O_RDONLY, 0);
        int const fd = int(open.run(io));
        CHECK(fd >= 0);
        char bytes[8] = {};
        read.set_read(fd, bytes, sizeof bytes, 0);
        CHECK(read.run(io) == 5);
        close.set_close(fd);
        CHECK(close.run(io) == 0);
      }
      silence.check_nothing_is_done();
      for (Waited& each : silence.all) io.cancel(each);
      for (Waited& each : silence.all) CHECK(each.wait() == -ECANCELED);
    }
  });
}

void what_was_put_off_has_its_turn() {
  with_engines([](Io& io) {
    Pipe pipe;
    char bytes[kMany] = {};
    std::deque<Waited> reads(kMany);
    for (unsigned i = 0; i < kMany; ++i) {
      reads[i].set_read(pipe.reading, &bytes[i], 1, -1);
      io.submit(reads[i]);
    }
    std::string const text(kMany, 'x');
    CHECK(write(pipe.writing, text.data(), text.size()) == ssize_t(text.size()));
    for (Waited& read : reads) CHECK(read.wait() == 1);
    CHECK(text == std::string(bytes, kMany));
  });
}

void stuck_calls_take_a_thread_each_and_no_more() {
  std::size_t const before = test::thread_ids().size();
  auto io = Io::start({.wanted = Io::Wanted::Threads});
  CHECK(io.ok());
  Silence silence(*io.value(), kMany);
  std::size_t const most = before + BlockingPool::kBusyMax + BlockingPool::kStuckMax +
                           1;  // A poller.
  Waited nop;
  nop.set_nop();
  CHECK(nop.run(*io.value()) == 0);
  CHECK(test::thread_ids().size() <= most);
  io.value()->stop();
  for (Waited const& each : silence.all) CHECK(each.is_done() && each.result == -ECANCELED);
}

void what_ends_by_itself_has_few_threads() {
  std::size_t const before = test::thread_ids().size();
  auto io = Io::start({.wanted = Io::Wanted::Threads});
  CHECK(io.ok());
  Scratch scratch;
  std::string const path = scratch.file("file", "hello");
  int const fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  struct Read : Waited {
    char bytes[8];
  };
  std::deque<Read> reads(1000);
  for (Read& read : reads) {
    read.set_read(fd, read.bytes, sizeof read.bytes, 0);
    io.value()->submit(read);
  }
  for (Read& read : reads) CHECK(read.wait() == 5);
  CHECK(test::thread_ids().size() <= before + BlockingPool::kBusyMax);
  ::close(fd);
}

}  // namespace

int main() {
  test::Watchdog watchdog;
  what_ends_by_itself_has_few_threads();
  stuck_calls_take_a_thread_each_and_no_more();
  files_are_read_whatever_else_is_stuck();
  what_was_put_off_has_its_turn();
}
