// Unit: timers come in the order of their deadlines, never early, and are given up when asked;
// descriptors are waited for without a thread each.

#include <poll.h>
#include <unistd.h>

#include <cerrno>
#include <deque>
#include <set>
#include <vector>

#include "base/clock.h"
#include "base/random.h"
#include "io/fibers.h"
#include "io/file.h"
#include "io/timer_heap.h"
#include "io/waiting.h"
#include "support/watchdog.h"

using namespace heddle;
using test::Pipe;
using test::Waited;
using test::with_engines;

namespace {

constexpr std::uint64_t kMillisecond = 1'000'000;
constexpr std::uint64_t kFarNs = 1'000'000 * kMillisecond;

void the_heap_is_a_sorted_list() {
  Random random(1);
  TimerHeap heap;
  std::multiset<std::uint64_t> model;
  std::deque<Operation> timers(20'000);
  CHECK(heap.empty() && heap.deadline() == kNoDeadline);
  for (Operation& timer : timers) {
    timer.set_timer(random.below(5'000));
    heap.push(timer);
    model.insert(static_cast<std::uint64_t>(timer.offset));
    CHECK(heap.deadline() == *model.begin());
    if (random.below(3) > 0) continue;
    CHECK(static_cast<std::uint64_t>(heap.pop().offset) == *model.begin());
    model.erase(model.begin());
  }
  Queue<Operation> taken;
  heap.take_if([](Operation const& timer) { return timer.offset % 2 == 0; }, taken);
  while (Operation* const timer = taken.pop_front()) {
    CHECK(timer->offset % 2 == 0);
    model.erase(model.find(static_cast<std::uint64_t>(timer->offset)));
  }
  for (; !model.empty(); model.erase(model.begin())) {
    CHECK(*model.begin() % 2 == 1);
    CHECK(static_cast<std::uint64_t>(heap.pop().offset) == *model.begin());
  }
  CHECK(heap.empty());
}

void timers_come_in_order_and_never_early() {
  with_engines([](Io& io) {
    struct Timer : Waited {
      std::uint64_t deadline = 0;
    };
    std::deque<Timer> timers(50);
    std::uint64_t const begin = now_ns();
    for (std::size_t i = 0; i < timers.size(); ++i) {
      timers[i].deadline = begin + (i * 37 % timers.size()) * kMillisecond / 2;
      timers[i].set_timer(timers[i].deadline);
      io.submit(timers[i]);
    }
    for (Timer& timer : timers) {
      CHECK(timer.wait() == 0);
      CHECK(now_ns() >= timer.deadline);
    }
  });
}

void a_deadline_that_has_passed_is_no_wait() {
  with_engines([](Io& io) {
    for (std::uint64_t deadline : {std::uint64_t{0}, std::uint64_t{1}, now_ns()}) {
      Waited timer;
      timer.set_timer(deadline);
      CHECK(timer.run(io) == 0);
    }
  });
}

void timers_are_given_up_when_asked() {
  with_engines([](Io& io) {
    std::deque<Waited> timers(100);
    for (Waited& timer : timers) {
      timer.set_timer(now_ns() + kFarNs);
      io.submit(timer);
    }
    for (std::size_t i = 0; i < timers.size(); i += 2) io.cancel(timers[i]);
    for (std::size_t i = 0; i < timers.size(); i += 2) CHECK(timers[i].wait() == -ECANCELED);
    for (std::size_t i = 1; i < timers.size(); i += 2) CHECK(!timers[i].is_done());
    Waited early;
    early.set_timer(now_ns() + kFarNs);
    io.cancel(early);
    CHECK(early.run(io) == -ECANCELED);
    io.stop();
    for (std::size_t i = 1; i < timers.size(); i += 2) CHECK(timers[i].wait() == -ECANCELED);
    Waited late;
    late.set_timer(0);
    CHECK(late.run(io) == -ECANCELED);
  });
}

// More than there are threads in the pool, and the same descriptor twice.
void descriptors_are_waited_for_beside_each_other() {
  with_engines([](Io& io) {
    std::deque<Pipe> pipes(40);
    std::deque<Waited> polls(pipes.size());
    for (std::size_t i = 0; i < pipes.size(); ++i) {
      polls[i].set_poll(pipes[i].reading, POLLIN);
      io.submit(polls[i]);
    }
    Waited again, closed, out;
    again.set_poll(pipes[7].reading, POLLIN);
    io.submit(again);
    char byte = 0;
    Waited read;  // A pool's threads are free for it.
    int const zero = ::open("/dev/zero", O_RDONLY | O_CLOEXEC);
    read.set_read(zero, &byte, 1, -1);
    CHECK(read.run(io) == 1);
    ::close(zero);
    closed.set_poll(-1, POLLIN);
    CHECK(closed.run(io) == -EBADF);
    out.set_poll(pipes[0].writing, POLLOUT);
    CHECK(out.run(io) == POLLOUT);
    CHECK(::write(pipes[7].writing, "x", 1) == 1);
    CHECK(polls[7].wait() == POLLIN && again.wait() == POLLIN);
    pipes[8].close_writing();
    CHECK((polls[8].wait() & POLLHUP) != 0);
    io.cancel(polls[9]);
    CHECK(polls[9].wait() == -ECANCELED);
    CHECK(!polls[10].is_done());
    io.stop();
    for (std::size_t i = 10; i < polls.size(); ++i) CHECK(polls[i].wait() == -ECANCELED);
  });
}

void fibers_sleep_and_poll_beside_each_other() {
  test::with_schedulers(1, [](Io& io, Scheduler& scheduler) {
    Pipe pipe;
    std::uint64_t const begin = now_ns();
    test::on_many_fibers(scheduler, 20, [&](std::uint32_t i) {
      if (i == 0) {
        CHECK(sleep_until(io, begin + 5 * kMillisecond).ok());
        CHECK(::write(pipe.writing, "x", 1) == 1);
        return;
      }
      auto const found = poll(io, pipe.reading, POLLIN);
      CHECK(found.ok() && found.value() == POLLIN);
      CHECK(now_ns() >= begin + 5 * kMillisecond);
    });
  });
}

void many_buffers_are_read_and_written_at_once() {
  test::on_fibers([](Io& io) {
    test::Scratch scratch;
    auto const opened = open(io, scratch.path("file").c_str(), O_RDWR | O_CREAT, 0600);
    CHECK(opened.ok());
    int const fd = opened.value();
    std::string one = "one", two = "second";
    iovec const from[] = {{one.data(), one.size()}, {two.data(), two.size()}};
    CHECK(write_vector(io, fd, from, 2).value() == 9);
    std::string a(4, '.'), b(10, '.');
    iovec const to[] = {{a.data(), a.size()}, {b.data(), b.size()}};
    CHECK(read_vector(io, fd, to, 2).value() == 9);
    CHECK(a == "ones" && b == "econd.....");
    CHECK(read_vector(io, fd, to, -1).value() == 11);
    CHECK(write_vector(io, -1, from, 0).error() == Errno{EBADF});
    CHECK(close(io, fd).ok());
  });
}

}  // namespace

int main() {
  test::Watchdog const watchdog;
  the_heap_is_a_sorted_list();
  timers_come_in_order_and_never_early();
  a_deadline_that_has_passed_is_no_wait();
  timers_are_given_up_when_asked();
  descriptors_are_waited_for_beside_each_other();
  fibers_sleep_and_poll_beside_each_other();
  many_buffers_are_read_and_written_at_once();
}
