// Unit: files on fibers: the cached answer at once, any other by suspending, the same bytes.

#include "io/whole_file.h"

#include <sys/stat.h>

#include <cstring>
#include <string>
#include <thread>

#include "io/fibers.h"
#include "support/watchdog.h"

using namespace heddle;
using test::on_fibers;
using test::Scratch;

namespace {

bool holds(Bytes const& bytes, std::string const& content) {
  return bytes.size() == content.size() &&
         std::memcmp(bytes.data(), content.data(), content.size()) == 0;
}

void opens_reads_and_closes_what_is_cached_without_the_engine() {
  on_fibers([](Io& io) {
    Scratch scratch;
    std::string const path = scratch.file("greeting", "hello, fiber");
    auto fd = open(io, path.c_str(), O_RDONLY);
    CHECK(fd.ok());
    CHECK(fcntl(fd.value(), F_GETFD) == FD_CLOEXEC);
    CHECK((fcntl(fd.value(), F_GETFL) & O_NONBLOCK) == 0);
    char bytes[32] = {};
    auto got = read(io, fd.value(), bytes, 5, -1);
    CHECK(got.ok() && got.value() == 5);
    got = read(io, fd.value(), bytes, sizeof(bytes), -1);
    CHECK(got.ok() && got.value() == 7 && std::strcmp(bytes, ", fiber") == 0);
    got = read(io, fd.value(), bytes, 5, 7);
    CHECK(got.ok() && got.value() == 5 && std::strncmp(bytes, "fiber", 5) == 0);
    got = read(io, fd.value(), bytes, sizeof(bytes), 1000);
    CHECK(got.ok() && got.value() == 0);
    CHECK(close(io, fd.value()).ok());
    CHECK(!test::is_open(fd.value()));
    if (test::answers_at_once()) CHECK(io.stats().submitted == 0 && io.stats().inline_hits == 6);
  });
}

void what_is_not_cached_is_the_engines() {
  on_fibers([](Io& io) {
    Scratch scratch;
    std::string const path = scratch.file("cold", "brrr");
    test::make_cold(path);
    auto fd = open(io, path.c_str(), O_RDONLY);
    CHECK(fd.ok());
    char bytes[5] = {};
    auto got = read(io, fd.value(), bytes, 4, 0);
    CHECK(got.ok() && got.value() == 4 && std::strcmp(bytes, "brrr") == 0);
    CHECK(close(io, fd.value()).ok());
    if (test::gets_cold()) CHECK(io.stats().completed > 0);
  });
}

void creating_is_the_engines() {
  on_fibers([](Io& io) {
    Scratch scratch;
    std::string const path = scratch.path("made");
    auto fd = open(io, path.c_str(), O_RDWR | O_CREAT | O_EXCL, 0640);
    CHECK(fd.ok());
    CHECK(write(fd.value(), "abc", 3) == 3);
    CHECK(close(io, fd.value()).ok());
    CHECK(!test::is_open(fd.value()));
    CHECK(io.stats().completed == 2);  // A close of what was written may have to write it.
    auto bytes = read_file(io, path.c_str());
    CHECK(bytes.ok() && holds(bytes.value(), "abc"));
  });
}

void failures_are_the_kernels_errno() {
  on_fibers([](Io& io) {
    Scratch scratch;
    std::string const path = scratch.file("file", "x");
    CHECK(open(io, scratch.path("none").c_str(), O_RDONLY).error() == Errno{ENOENT});
    CHECK(open(io, (path + "/below").c_str(), O_RDONLY).error() == Errno{ENOTDIR});
    CHECK(open(io, "/tmp", O_WRONLY).error() == Errno{EISDIR});
    CHECK(open(io, path.c_str(), O_RDWR | O_CREAT | O_EXCL, 0600).error() == Errno{EEXIST});
    char byte;
    CHECK(read(io, -1, &byte, 1, 0).error() == Errno{EBADF});
    CHECK(close(io, -1).error() == Errno{EBADF});
    CHECK(read_file(io, scratch.path("none").c_str()).error() == Errno{ENOENT});
    CHECK(read_file(io, "/tmp").error() == Errno{EISDIR});
    CHECK(read_file(io, "/proc").error() == Errno{EISDIR});
  });
}

// The one fiber waits and the other answers: on one worker, that is to suspend.
void a_read_of_a_pipe_suspends() {
  test::with_schedulers(1, [](Io& io, Scheduler& scheduler) {
    test::Pipe pipe;
    test::on_many_fibers(scheduler, 2, [&](std::uint32_t i) {
      char byte = 0;
      if (i == 0) {
        auto got = read(io, pipe.reading, &byte, 1, -1);
        CHECK(got.ok() && got.value() == 1 && byte == '!');
      } else {
        CHECK(write(pipe.writing, "!", 1) == 1);
      }
    });
  });
}

// Whoever comes first; the writer may be gone again before the reader has opened.
void a_fifo_is_read_from_its_first_writer_on() {
  test::with_schedulers(2, [](Io& io, Scheduler& scheduler) {
    Scratch scratch;
    std::string const path = scratch.path("fifo");
    CHECK(mkfifo(path.c_str(), 0600) == 0);
    for (std::uint32_t round = 0; round < 100; ++round) {
      test::on_many_fibers(scheduler, 2, [&](std::uint32_t i) {
        if (i == round % 2) {
          auto bytes = read_file(io, path.c_str());
          CHECK(bytes.ok() && holds(bytes.value(), "through the pipe"));
        } else {
          auto fd = open(io, path.c_str(), O_WRONLY);
          CHECK(fd.ok());
          CHECK(write(fd.value(), "through ", 8) == 8);
          if (round % 10 == 0) usleep(100);
          CHECK(write(fd.value(), "the pipe", 8) == 8);
          CHECK(close(io, fd.value()).ok());
        }
      });
    }
  });
}

// Each opens what the other has opened before it reads or writes anything.
void two_fifos_can_be_opened_in_turn() {
  test::with_schedulers(1, [](Io& io, Scheduler& scheduler) {
    Scratch scratch;
    std::string const there = scratch.path("there"), back = scratch.path("back");
    CHECK(mkfifo(there.c_str(), 0600) == 0 && mkfifo(back.c_str(), 0600) == 0);
    test::on_many_fibers(scheduler, 2, [&](std::uint32_t i) {
      auto first = open(io, there.c_str(), i == 0 ? O_RDONLY : O_WRONLY);
      auto second = open(io, back.c_str(), i == 0 ? O_WRONLY : O_RDONLY);
      CHECK(first.ok() && second.ok());
      CHECK(close(io, first.value()).ok() && close(io, second.value()).ok());
    });
  });
}

void stopping_ends_an_open_of_a_fifo() {
  test::with_schedulers(1, [](Io& io, Scheduler& scheduler) {
    Scratch scratch;
    std::string const path = scratch.path("fifo");
    CHECK(mkfifo(path.c_str(), 0600) == 0);
    std::thread stopper([&] {
      while (io.stats().in_flight < 2) std::this_thread::yield();
      io.stop();
    });
    test::on_many_fibers(scheduler, 1, [&](std::uint32_t) {
      CHECK(open(io, path.c_str(), O_RDONLY).error() == Errno{ECANCELED});
    });
    stopper.join();
  });
}

void reads_files_of_every_size() {
  on_fibers([](Io& io) {
    Scratch scratch;
    for (std::size_t size : {0, 1, 4095, 4096, 65'535, 65'536, 65'537, 262'143, 262'144, 262'145,
                             524'288, 1'000'003}) {
      std::string const content = test::pattern(size);
      std::string const path = scratch.file(std::to_string(size), content);
      auto hot = read_file(io, path.c_str());
      CHECK(hot.ok() && holds(hot.value(), content));
      test::make_cold(path);
      auto cold = read_file(io, path.c_str());
      CHECK(cold.ok() && holds(cold.value(), content));
    }
  });
}

void reads_files_that_claim_to_be_empty_or_larger() {
  on_fibers([](Io& io) {
    auto status = read_file(io, "/proc/self/status");
    CHECK(status.ok() && status.value().size() > 500);
    auto maps = read_file(io, "/proc/self/maps");
    CHECK(maps.ok() && maps.value().size() > 500);
    struct stat claimed;
    char const* const sysfs = "/sys/kernel/mm/transparent_hugepage/enabled";
    if (stat(sysfs, &claimed) != 0) return;
    auto small = read_file(io, sysfs);
    CHECK(small.ok() && small.value().size() > 0);
    CHECK(small.value().size() < static_cast<std::size_t>(claimed.st_size));
  });
}

void too_much_is_an_error() {
  on_fibers([](Io& io) {
    Scratch scratch;
    std::string const path = scratch.file("large", std::string(1000, 'x'));
    CHECK(read_file(io, path.c_str(), {.bytes_max = 999}).error() == Errno{EFBIG});
    CHECK(read_file(io, path.c_str(), {.bytes_max = 1000}).ok());
    CHECK(read_file(io, "/dev/zero", {.bytes_max = 300'000}).error() ==
          Errno{EFBIG});  // No size, no end.
    CHECK(truncate(path.c_str(), off_t{1} << 31) == 0);
    CHECK(read_file(io, path.c_str()).error() == Errno{EFBIG});
    CHECK(truncate(path.c_str(), off_t{1} << 40) == 0);
    CHECK(read_file(io, path.c_str()).error() == Errno{EFBIG});
  });
}

// RWF_NOWAIT would wait for the disk here.
void a_direct_descriptor_is_the_engines() {
  on_fibers([](Io& io) {
    Scratch scratch;
    std::string const path = scratch.file("direct", test::pattern(8192));
    auto fd = open(io, path.c_str(), O_RDONLY | O_DIRECT);
    if (!fd.ok()) return;  // This file system knows no O_DIRECT.
    alignas(4096) static char bytes[4096];
    auto const before = io.stats();
    auto got = read(io, fd.value(), bytes, sizeof(bytes), 4096);
    CHECK(got.ok() && got.value() == 4096);
    CHECK(test::pattern(8192).compare(4096, 4096, bytes, 4096) == 0);
    CHECK(io.stats().inline_hits == before.inline_hits);
    CHECK(io.stats().completed == before.completed + 1);
    CHECK(close(io, fd.value()).ok());
  });
}

// Sizes differ from read to read, contents never.
void a_file_that_shrinks_and_grows_is_read_to_some_end() {
  on_fibers([](Io& io) {
    Scratch scratch;
    std::string const path = scratch.file("restless", "");
    Atomic<bool> stop{false};
    std::thread changer([&] {
      for (off_t size = 0; !stop.load(relaxed); size = (size + 77'777) % 400'000) {
        CHECK(truncate(path.c_str(), size) == 0);
      }
    });
    std::size_t least = SIZE_MAX, most = 0;
    for (int i = 0; i < 300 || least == most; ++i) {
      auto bytes = read_file(io, path.c_str());
      CHECK(bytes.ok() && bytes.value().size() < 400'000);
      for (std::byte byte : bytes.value().span()) CHECK(byte == std::byte{0});
      least = std::min(least, bytes.value().size());
      most = std::max(most, bytes.value().size());
    }
    stop.store(true, relaxed);
    changer.join();
  });
}

void after_the_stop_only_the_cache_answers() {
  on_fibers([](Io& io) {
    Scratch scratch;
    std::string const path = scratch.file("file", "still here");
    io.stop();
    auto bytes = read_file(io, path.c_str());
    CHECK(bytes.ok() && holds(bytes.value(), "still here"));
    CHECK(open(io, scratch.path("new").c_str(), O_WRONLY | O_CREAT, 0600).error() ==
          Errno{ECANCELED});
    int const fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
    CHECK(close(io, fd).ok());
    CHECK(!test::is_open(fd));
  });
}

void stopping_ends_a_fiber_that_waits() {
  test::with_schedulers(2, [](Io& io, Scheduler& scheduler) {
    test::Pipe pipe;
    std::thread stopper([&] {
      while (io.stats().in_flight < 10) std::this_thread::yield();
      io.stop();
    });
    test::on_many_fibers(scheduler, 10, [&](std::uint32_t) {
      char byte;
      CHECK(read(io, pipe.reading, &byte, 1, -1).error() == Errno{ECANCELED});
    });
    stopper.join();
  });
}

}  // namespace

int main() {
  test::Watchdog watchdog;
  opens_reads_and_closes_what_is_cached_without_the_engine();
  what_is_not_cached_is_the_engines();
  creating_is_the_engines();
  failures_are_the_kernels_errno();
  a_read_of_a_pipe_suspends();
  a_fifo_is_read_from_its_first_writer_on();
  two_fifos_can_be_opened_in_turn();
  stopping_ends_an_open_of_a_fifo();
  reads_files_of_every_size();
  reads_files_that_claim_to_be_empty_or_larger();
  too_much_is_an_error();
  a_direct_descriptor_is_the_engines();
  a_file_that_shrinks_and_grows_is_read_to_some_end();
  after_the_stop_only_the_cache_answers();
  stopping_ends_a_fiber_that_waits();
}
