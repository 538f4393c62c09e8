// Unit: both engines do what the kernel would, and tell it once.

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <thread>

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

void does_nothing() {
  with_engines([](Io& io) {
    Waited nop;
    nop.set_nop();
    CHECK(nop.run(io) == 0);
  });
}

void opens_reads_and_closes() {
  with_engines([](Io& io) {
    Scratch scratch;
    std::string const path = scratch.file("greeting", "hello, engine");
    Waited open;
    open.set_open(path.c_str(), O_RDONLY, 0);
    int const fd = static_cast<int>(open.run(io));
    CHECK(fd >= 0 && fcntl(fd, F_GETFD) == FD_CLOEXEC);
    char bytes[32] = {};
    Waited read;
    read.set_read(fd, bytes, sizeof(bytes), 7);
    CHECK(read.run(io) == 6 && std::strcmp(bytes, "engine") == 0);
    Waited close;
    close.set_close(fd);
    CHECK(close.run(io) == 0);
    CHECK(!test::is_open(fd));
  });
}

void creates_with_the_mode_asked_for() {
  with_engines([](Io& io) {
    Scratch scratch;
    std::string const path = scratch.path("made");
    Waited open;
    open.set_open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL, 0640);
    int const fd = static_cast<int>(open.run(io));
    CHECK(fd >= 0);
    struct stat status;
    CHECK(fstat(fd, &status) == 0 && (status.st_mode & 0777) == 0640);
    ::close(fd);
  });
}

void reads_on_where_the_last_read_ended() {
  with_engines([](Io& io) {
    Scratch scratch;
    int const fd = ::open(scratch.file("digits", "0123456789").c_str(), O_RDONLY | O_CLOEXEC);
    for (char const* expected : {"0123", "4567", "89", ""}) {
      char bytes[5] = {};
      Waited read;
      read.set_read(fd, bytes, 4, -1);
      CHECK(read.run(io) == static_cast<std::int64_t>(std::strlen(expected)));
      CHECK(std::strcmp(bytes, expected) == 0);
    }
    ::close(fd);
  });
}

// Above 256 KiB a kernel worker makes the ring's copy.
void reads_more_than_a_little() {
  with_engines([](Io& io) {
    Scratch scratch;
    std::string content(3'000'000, '.');
    for (std::size_t i = 0; i < content.size(); ++i) content[i] = static_cast<char>('a' + i % 23);
    int const fd = ::open(scratch.file("long", content).c_str(), O_RDONLY | O_CLOEXEC);
    std::string bytes(content.size() + 1, 0);
    Waited read;
    read.set_read(fd, bytes.data(), bytes.size(), 0);
    CHECK(read.run(io) == static_cast<std::int64_t>(content.size()));
    bytes.pop_back();
    CHECK(bytes == content);
    ::close(fd);
  });
}

void a_failure_is_the_kernels_errno() {
  with_engines([](Io& io) {
    Waited open, read, close;
    char byte;
    open.set_open("/nowhere/at/all", O_RDONLY, 0);
    read.set_read(-1, &byte, 1, 0);
    close.set_close(-1);
    CHECK(open.run(io) == -ENOENT);
    CHECK(read.run(io) == -EBADF);
    CHECK(close.run(io) == -EBADF);
  });
}

void a_read_waits_for_its_writer() {
  with_engines([](Io& io) {
    Pipe pipe;
    char byte = 0;
    Waited read, nop;
    read.set_read(pipe.reading, &byte, 1, -1);
    io.submit(read);
    nop.set_nop();
    CHECK(nop.run(io) == 0);  // Others are not held up.
    CHECK(!read.is_done());
    CHECK(write(pipe.writing, "!", 1) == 1);
    CHECK(read.wait() == 1 && byte == '!');
  });
}

void polls_until_there_is_something_to_read() {
  with_engines([](Io& io) {
    Pipe pipe;
    Waited waits, ready, hung_up, bad;
    waits.set_poll(pipe.reading, POLLIN);
    io.submit(waits);
    usleep(10'000);  // Time to go wrong in.
    CHECK(!waits.is_done());
    CHECK(write(pipe.writing, "x", 1) == 1);
    CHECK(waits.wait() == POLLIN);
    ready.set_poll(pipe.reading, POLLIN);
    CHECK(ready.run(io) == POLLIN);
    char byte;
    CHECK(::read(pipe.reading, &byte, 1) == 1);
    pipe.close_writing();
    hung_up.set_poll(pipe.reading, POLLIN);
    CHECK(hung_up.run(io) == POLLHUP);
    bad.set_poll(-1, POLLIN);
    CHECK(bad.run(io) == -EBADF);
  });
}

// Also in the ring, which by itself would open it with O_NONBLOCK and not wait.
void an_open_of_a_fifo_waits_for_its_other_end() {
  with_engines([](Io& io) {
    Scratch scratch;
    std::string const path = scratch.path("fifo");
    CHECK(mkfifo(path.c_str(), 0600) == 0);
    Waited reader, writer;
    reader.set_open(path.c_str(), O_RDONLY, 0);
    io.submit(reader);
    usleep(20'000);  // Time to go wrong in.
    CHECK(!reader.is_done());
    writer.set_open(path.c_str(), O_WRONLY, 0);
    int const writing = static_cast<int>(writer.run(io));
    int const reading = static_cast<int>(reader.wait());
    CHECK(writing >= 0 && reading >= 0);
    ::close(writing);
    ::close(reading);
  });
}

void a_callback_may_submit() {
  with_engines([](Io& io) {
    struct Chain : Operation {
      Io* io = nullptr;
      Waited* last = nullptr;
      int left = 1000;
    } chain;
    Waited last;
    last.set_nop();
    chain.io = &io;
    chain.last = &last;
    chain.set_nop();
    chain.done = [](Operation& self) -> Fiber* {
      auto& again = static_cast<Chain&>(self);
      again.io->submit(again.left-- > 0 ? self : *again.last);
      return nullptr;
    };
    io.submit(chain);
    CHECK(last.wait() == 0);
    CHECK(chain.left == -1);
  });
}

void has_no_thread_before_it_is_used() {
  std::thread([] {}).join();  // A sanitizer starts one of its own with the first.
  with_engines([](Io& io) {
    std::size_t const before = test::thread_ids().size();
    Waited nop;
    nop.set_nop();
    CHECK(nop.run(io) == 0);
    CHECK(test::thread_ids().size() == before + 1);
    io.stop();
    // A joined thread stays in /proc for a moment.
    while (test::thread_ids().size() > before) std::this_thread::yield();
  });
}

}  // namespace

int main() {
  has_no_thread_before_it_is_used();  // Before there are other threads to count.
  test::Watchdog watchdog;
  does_nothing();
  opens_reads_and_closes();
  creates_with_the_mode_asked_for();
  reads_on_where_the_last_read_ended();
  reads_more_than_a_little();
  a_failure_is_the_kernels_errno();
  a_read_waits_for_its_writer();
  polls_until_there_is_something_to_read();
  an_open_of_a_fifo_waits_for_its_other_end();
  a_callback_may_submit();
}
