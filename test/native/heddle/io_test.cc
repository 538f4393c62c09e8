// Unit: files and waiting by the public header alone, from functions that fork and join around
// them.

#include "heddle/io.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <string>

#include "base/clock.h"
#include "heddle/invoke.h"
#include "heddle/scheduler.h"
#include "support/scratch.h"
#include "support/watchdog.h"

using namespace heddle;

namespace {

constexpr int kFiles = 100;

// Sums what is in files [begin, end), each half beside the other.
long sum(KernelContext t, Io& io, std::string const* paths, int begin, int end) {
  if (end - begin == 1) {
    auto const bytes = read_file(io, paths[begin].c_str());
    CHECK(bytes.ok());
    long total = 0;
    for (std::byte each : bytes.value().span()) total += static_cast<long>(each);
    return total;
  }
  int const middle = begin + (end - begin) / 2;
  auto const [left, right] = invoke(
      t, [&](KernelContext own) { return sum(own, io, paths, begin, middle); },
      [&](KernelContext own) { return sum(own, io, paths, middle, end); });
  return left + right;
}

void files_are_read_beside_each_other(Io& io, Scheduler& scheduler) {
  test::Scratch scratch;
  std::string paths[kFiles];
  long expected = 0;
  for (int i = 0; i < kFiles; ++i) {
    paths[i] = scratch.file("file" + std::to_string(i), std::string(100, static_cast<char>(i)));
    expected += 100L * i;
  }
  CHECK(run(scheduler, [&](KernelContext t) { return sum(t, io, paths, 0, kFiles); }) == expected);
}

void a_file_is_made_read_and_removed(Io& io, Scheduler& scheduler) {
  test::Scratch scratch;
  std::string const path = scratch.path("new");
  run(scheduler, [&] {
    auto const opened = open(io, path.c_str(), O_RDWR | O_CREAT, 0600);
    CHECK(opened.ok());
    int const fd = opened.value();
    CHECK(write_all(io, fd, "hello", 5, 0).ok() && sync(io, fd, true).ok());
    char text[8];
    CHECK(read(io, fd, text, sizeof(text), 1).value() == 4);
    CHECK(truncate(io, fd, 2).ok() && read(io, fd, text, sizeof(text), 0).value() == 2);
    CHECK(close(io, fd).ok() && unlink(io, path.c_str(), 0).ok());
    CHECK(unlink(io, path.c_str(), 0).error() == Errno{ENOENT});
  });
}

void time_and_descriptors_are_waited_for(Io& io, Scheduler& scheduler) {
  int ends[2];
  CHECK(pipe2(ends, O_CLOEXEC) == 0);
  run(scheduler, [&] {
    std::uint64_t const deadline = now_ns() + 1'000'000;
    CHECK(sleep_until(io, deadline).ok() && now_ns() >= deadline);
    CHECK(::write(ends[1], "x", 1) == 1);
    CHECK(poll(io, ends[0], POLLIN).value() == POLLIN);
  });
  for (int end : ends) ::close(end);
}

}  // namespace

int main() {
  test::Watchdog const watchdog;
  auto io = Io::start({});
  auto scheduler = Scheduler::start({.threads = 2});
  CHECK(io.ok() && scheduler.ok());
  files_are_read_beside_each_other(*io.value(), *scheduler.value());
  a_file_is_made_read_and_removed(*io.value(), *scheduler.value());
  time_and_descriptors_are_waited_for(*io.value(), *scheduler.value());
  io.value()->stop();
  scheduler.value()->stop();
}
