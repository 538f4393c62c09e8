// Unit: both engines copy files as Node does, and a copy that fails or is cancelled leaves nothing.

#include "io/copy.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <deque>
#include <string>

#include "io/engines.h"
#include "support/scratch.h"
#include "support/watchdog.h"

using namespace heddle;
using test::Scratch;
using test::Waited;
using test::with_engines;

namespace {

std::int64_t copy(Io& io, std::string const& from, std::string const& to, int modes = 0) {
  Waited operation;
  operation.set_copy(from.c_str(), to.c_str(), modes);
  return operation.run(io);
}

bool exists(std::string const& path) {
  return faccessat(AT_FDCWD, path.c_str(), F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

std::string contents(std::string const& path) {
  int const fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  CHECK(fd >= 0);
  std::string all;
  char part[65536];
  for (ssize_t got; (got = ::read(fd, part, sizeof part)) > 0;) all.append(part, std::size_t(got));
  ::close(fd);
  return all;
}

mode_t mode_of(std::string const& path) {
  struct stat facts;
  CHECK(stat(path.c_str(), &facts) == 0);
  return facts.st_mode & 07777;
}

void copies_contents_and_permissions() {
  with_engines([](Io& io) {
    Scratch scratch;
    std::string const from = scratch.file("from", "hello"), to = scratch.path("to");
    CHECK(chmod(from.c_str(), 0751) == 0);
    CHECK(copy(io, from, to) == 0);
    CHECK(contents(to) == "hello" && mode_of(to) == 0751);
    std::string const longer = scratch.file("longer", "what is longer");
    CHECK(copy(io, from, longer) == 0);
    CHECK(contents(longer) == "hello" && mode_of(longer) == 0751);
    CHECK(copy(io, scratch.file("empty", ""), longer) == 0);
    CHECK(contents(longer).empty());
  });
}

// Longer than what is copied between two looks at the interrupt.
void copies_much() {
  with_engines([](Io& io) {
    Scratch scratch;
    std::string content(20'000'001, '.');
    for (std::size_t i = 0; i < content.size(); ++i) content[i] = char('a' + i % 23);
    std::string const to = scratch.path("to");
    CHECK(copy(io, scratch.file("from", content), to) == 0);
    CHECK(contents(to) == content);
  });
}

// By whatever way there is: between file systems, and of files that do not know their size.
void copies_what_the_kernel_does_not() {
  with_engines([](Io& io) {
    Scratch scratch;
    std::string const to = scratch.path("to");
    CHECK(copy(io, "/proc/version", to) == 0);
    CHECK(contents(to) == contents("/proc/version"));
    CHECK(copy(io, "/dev/null", to) == 0);
    CHECK(contents(to).empty());
    CHECK(copy(io, scratch.file("from", "hello"), "/dev/null") == 0);
    CHECK(exists("/dev/null"));
  });
}

void a_file_is_its_own_copy() {
  with_engines([](Io& io) {
    Scratch scratch;
    std::string const file = scratch.file("file", "hello"), link = scratch.path("link");
    CHECK(symlink("file", link.c_str()) == 0);
    CHECK(copy(io, file, file) == 0);
    CHECK(copy(io, file, link) == 0);
    CHECK(contents(file) == "hello");
  });
}

void keeps_to_its_modes() {
  with_engines([](Io& io) {
    Scratch scratch;
    std::string const from = scratch.file("from", "hello"), there = scratch.file("there", "x");
    CHECK(copy(io, from, there, kCopyExclusive) == -EEXIST);
    CHECK(contents(there) == "x");
    CHECK(copy(io, from, scratch.path("new"), kCopyExclusive | kCopyClone) == 0);
    CHECK(contents(scratch.path("new")) == "hello");
    // A file system can or it cannot.
    std::string const cloned = scratch.path("cloned");
    std::int64_t const result = copy(io, from, cloned, kCopyCloneOnly);
    CHECK(result == 0 ? contents(cloned) == "hello" : !exists(cloned));
  });
}

void a_copy_that_fails_is_gone() {
  with_engines([](Io& io) {
    Scratch scratch;
    std::string const from = scratch.file("from", "hello"), to = scratch.path("to");
    CHECK(copy(io, scratch.path("nothing"), to) == -ENOENT);
    CHECK(copy(io, "/tmp", to) == -EISDIR);
    CHECK(copy(io, "/proc/self/mem", to) == -EIO);
    CHECK(!exists(to));
    CHECK(copy(io, from, "/tmp") == -EISDIR);
    CHECK(copy(io, from, scratch.path("a/b")) == -ENOENT);
    // What was there before stays there, whatever is in it now.
    std::string const there = scratch.file("there", "x");
    CHECK(copy(io, "/proc/self/mem", there) == -EIO);
    CHECK(exists(there));
    CHECK(copy(io, from, "/dev/full") == -ENOSPC);
    CHECK(exists("/dev/full"));
  });
}

// From a pipe that nobody writes to, the helper is got out by a signal.
void a_copy_is_cancelled() {
  with_engines([](Io& io) {
    Scratch scratch;
    std::string const pipe = scratch.path("pipe"), to = scratch.path("to");
    CHECK(mkfifo(pipe.c_str(), 0600) == 0);
    Waited operation;
    operation.set_copy(pipe.c_str(), to.c_str(), 0);
    io.submit(operation);
    io.cancel(operation);
    CHECK(operation.wait() == -ECANCELED);
    CHECK(!exists(to));
    CHECK(io.stats().in_flight == 0);
  });
}

// However many pipes are silent, others have their turn.
void copies_that_wait_hold_up_nobody() {
  with_engines([](Io& io) {
    Scratch scratch;
    std::string const pipe = scratch.path("pipe"), to = scratch.path("to");
    CHECK(mkfifo(pipe.c_str(), 0600) == 0);
    std::deque<Waited> copies(20);
    for (Waited& each : copies) {
      each.set_copy(pipe.c_str(), to.c_str(), 0);
      io.submit(each);
    }
    CHECK(copy(io, scratch.file("from", "hello"), scratch.path("other")) == 0);
    for (Waited& each : copies) io.cancel(each);
    for (Waited& each : copies) CHECK(each.wait() == -ECANCELED);
    CHECK(!exists(to));
  });
}

}  // namespace

int main() {
  test::Watchdog watchdog;
  copies_contents_and_permissions();
  copies_much();
  copies_what_the_kernel_does_not();
  a_file_is_its_own_copy();
  keeps_to_its_modes();
  a_copy_that_fails_is_gone();
  a_copy_is_cancelled();
  copies_that_wait_hold_up_nobody();
}
