// Unit: both engines keep order, give up what they are asked to, and end everything in the end.

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <deque>
#include <string>
#include <vector>

#include "io/blocking_pool.h"
#include "io/engines.h"
#include "support/scratch.h"
#include "support/watchdog.h"

using namespace heddle;
using test::Pipe;
using test::Scratch;
using test::Waited;
using test::with_engines;

namespace {

void cancels_what_waits() {
  with_engines([](Io& io) {
    Scratch scratch;
    std::string const path = scratch.path("fifo");
    CHECK(mkfifo(path.c_str(), 0600) == 0);
    Pipe pipe;
    std::string bytes(1'000'000, 0);
    for (unsigned i = 0; i < 200; ++i) {  // Also just before it waits, and while it begins to.
      Waited read, long_read, open, poll;
      read.set_read(pipe.reading, bytes.data(), 1, -1);
      long_read.set_read(pipe.reading, bytes.data(), bytes.size(), -1);  // A kernel worker's.
      open.set_open(path.c_str(), O_RDONLY, 0);
      poll.set_poll(pipe.reading, POLLIN);
      Waited* const all[] = {&read, &long_read, &open, &poll};
      for (Waited* operation : all) io.submit(*operation);
      if (i % 2 == 0) usleep(i);
      for (Waited* operation : all) io.cancel(*operation);
      for (Waited* operation : all) CHECK(operation->wait() == -ECANCELED);
    }
  });
}

// As many operations as either engine makes at a time, or fewer, which last until this goes. Reads
// of a pipe keep a ring busy. Of threads only `done` does, which is not to be imitated: any call
// that may wait for ever gives its place to others.
struct Busy {
  static constexpr unsigned kMost = BlockingPool::kBusyMax;

  struct Lasting : Waited {
    Lasting() : end(done) {
      done = [](Operation& self) -> Fiber* {
        auto& lasting = static_cast<Lasting&>(self);
        if (lasting.code == OperationCode::Nop) lasting.busy->last();
        return lasting.end(self);
      };
    }

    Fiber* (*const end)(Operation&);
    Busy* busy = nullptr;
  };

  Busy(Io& io, unsigned count) : all(count) {
    bool const on_threads = io.backend() == IoBackend::Threads;
    for (Lasting& each : all) {
      each.busy = this;
      each.set_read(pipe.reading, &byte, 1, -1);
      if (on_threads) each.set_nop();
      io.submit(each);
    }
    for (unsigned n; on_threads && (n = began.load(relaxed)) < count;) futex_wait(began, n);
  }
  ~Busy() {
    over.store(1, relaxed);
    futex_wake(over, kMost);
    pipe.close_writing();
    for (Lasting& each : all) CHECK(each.wait() == 0);
  }

  void last() {
    began.fetch_add(1, relaxed);
    futex_wake(began, 1);
    while (over.load(relaxed) == 0) futex_wait(over, 0);
  }

  static IoOptions options() {
    IoOptions options;
    options.in_flight_max = kMost;
    return options;
  }

  Pipe pipe;
  char byte = 0;
  Atomic<std::uint32_t> began{0}, over{0};
  std::deque<Lasting> all;
};

void what_does_not_fit_waits_in_order() {
  with_engines(
      [](Io& io) {
        static std::vector<Operation*> order;
        order.clear();
        std::deque<Operation> many(100);
        Busy busy(io, Busy::kMost - 1);  // One is left, so that what follows has one order.
        for (Operation& operation : many) {
          operation.set_nop();
          operation.done = [](Operation& self) -> Fiber* {
            order.push_back(&self);
            return nullptr;
          };
          io.submit(operation);
        }
        Waited last;
        last.set_nop();
        CHECK(last.run(io) == 0);
        CHECK(order.size() == many.size());
        for (std::size_t i = 0; i < many.size(); ++i) CHECK(order[i] == &many[i]);
      },
      Busy::options());
}

void cancels_what_has_not_begun() {
  with_engines(
      [](Io& io) {
        Waited first, second, third;
        {
          Busy busy(io, Busy::kMost);
          std::uint64_t const before = io.stats().in_flight;
          for (Waited* nop : {&first, &second, &third}) {
            nop->set_nop();
            io.submit(*nop);
          }
          io.cancel(second);
          CHECK(second.wait() == -ECANCELED);
          CHECK(!first.is_done() && !third.is_done());
          CHECK(io.stats().in_flight == before + 2);
        }
        CHECK(first.wait() == 0 && third.wait() == 0);
      },
      Busy::options());
}

void a_cancel_may_come_before_the_submit() {
  with_engines([](Io& io) {
    Pipe pipe;
    char byte;
    Waited read;
    read.set_read(pipe.reading, &byte, 1, -1);
    io.cancel(read);
    CHECK(read.run(io) == -ECANCELED);
  });
}

void a_cancel_that_comes_too_late_changes_nothing() {
  with_engines([](Io& io) {
    Waited nop;
    nop.set_nop();
    CHECK(nop.run(io) == 0);
    io.cancel(nop);
    Waited next;
    next.set_nop();
    CHECK(next.run(io) == 0);
    CHECK(nop.result == 0);
  });
}

void a_close_is_not_cancelled() {
  with_engines(
      [](Io& io) {
        int const fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
        Waited close;
        close.set_close(fd);
        {
          Busy busy(io, Busy::kMost);
          io.submit(close);
          io.cancel(close);
        }
        CHECK(close.wait() == 0);
        CHECK(!test::is_open(fd));
      },
      Busy::options());
}

void stopping_ends_everything() {
  with_engines(
      [](Io& io) {
        Scratch scratch;
        std::string const path = scratch.path("fifo");
        CHECK(mkfifo(path.c_str(), 0600) == 0);
        int const fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
        Pipe pipe;
        char byte;
        std::deque<Waited> waiting(2 * BlockingPool::kStuckMax);  // More than are made at a time.
        for (std::size_t i = 0; i < waiting.size(); ++i) {
          if (i % 2 == 0) waiting[i].set_read(pipe.reading, &byte, 1, -1);
          if (i % 2 == 1) waiting[i].set_open(path.c_str(), O_RDONLY, 0);
          io.submit(waiting[i]);
        }
        Waited close;
        close.set_close(fd);
        io.submit(close);
        io.stop();
        for (Waited& each : waiting) CHECK(each.is_done() && each.result == -ECANCELED);
        CHECK(close.is_done() && close.result == 0);
        CHECK(!test::is_open(fd));
        CHECK(io.stats().in_flight == 0);
      },
      Busy::options());
}

void after_the_stop_all_is_refused_but_closes() {
  for (bool used : {false, true}) {
    with_engines([=](Io& io) {
      Waited before, nop, close;
      before.set_nop();
      if (used) CHECK(before.run(io) == 0);
      io.stop();
      io.stop();
      nop.set_nop();
      io.submit(nop);
      CHECK(nop.is_done() && nop.result == -ECANCELED);
      int const fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
      close.set_close(fd);
      io.submit(close);
      CHECK(close.is_done() && close.result == 0);
      CHECK(!test::is_open(fd));
      io.cancel(nop);
    });
  }
}

}  // namespace

int main() {
  test::Watchdog watchdog;
  cancels_what_waits();
  what_does_not_fit_waits_in_order();
  cancels_what_has_not_begun();
  a_cancel_may_come_before_the_submit();
  a_cancel_that_comes_too_late_changes_nothing();
  a_close_is_not_cancelled();
  stopping_ends_everything();
  after_the_stop_all_is_refused_but_closes();
}
