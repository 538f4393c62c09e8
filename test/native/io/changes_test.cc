// Unit: both engines change files and names as the kernel does, and say what it says.

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "io/engines.h"
#include "support/scratch.h"
#include "support/watchdog.h"

using namespace heddle;
using test::Scratch;
using test::Waited;
using test::with_engines;

namespace {

// Runs one operation that `set` fills in.
template <class Set>
std::int64_t run(Io& io, Set set) {
  Waited operation;
  set(operation);
  return operation.run(io);
}

struct statx facts_of(Io& io, std::string const& path, int flags = 0) {
  struct statx facts = {};
  CHECK(run(io, [&](Operation& o) { o.set_facts(AT_FDCWD, path.c_str(), flags, facts); }) == 0);
  return facts;
}

bool exists(std::string const& path) {
  return faccessat(AT_FDCWD, path.c_str(), F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

void writes_here_and_there() {
  with_engines([](Io& io) {
    Scratch scratch;
    std::string const path = scratch.file("digits", "0123456789");
    int const fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
    CHECK(run(io, [&](Operation& o) { o.set_write(fd, "ab", 2, 4); }) == 2);
    CHECK(run(io, [&](Operation& o) { o.set_write(fd, "xyz", 3, -1); }) == 3);
    CHECK(run(io, [&](Operation& o) { o.set_write(fd, "", 0, -1); }) == 0);
    CHECK(run(io, [&](Operation& o) { o.set_write(fd, "!", 1, -1); }) == 1);
    char bytes[11] = {};
    CHECK(pread(fd, bytes, 10, 0) == 10 && std::strcmp(bytes, "xyz!ab6789") == 0);
    ::close(fd);
  });
}

// Above 256 KiB a kernel worker makes the ring's copy.
void writes_more_than_a_little() {
  with_engines([](Io& io) {
    Scratch scratch;
    std::string const path = scratch.file("long", "");
    std::string content(3'000'000, '.');
    for (std::size_t i = 0; i < content.size(); ++i) content[i] = char('a' + i % 23);
    int const fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
    auto const all = std::int64_t(content.size());
    CHECK(run(io, [&](Operation& o) { o.set_write(fd, content.data(), content.size(), 0); }) ==
          all);
    CHECK(run(io, [&](Operation& o) { o.set_sync(fd, true); }) == 0);
    CHECK(run(io, [&](Operation& o) { o.set_sync(fd, false); }) == 0);
    std::string read(content.size(), 0);
    CHECK(pread(fd, read.data(), read.size(), 0) == all && read == content);
    ::close(fd);
  });
}

void cuts_and_lengthens() {
  with_engines([](Io& io) {
    Scratch scratch;
    std::string const path = scratch.file("digits", "0123456789");
    int const fd = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
    CHECK(run(io, [&](Operation& o) { o.set_truncate(fd, 4); }) == 0);
    CHECK(facts_of(io, path).stx_size == 4);
    CHECK(run(io, [&](Operation& o) { o.set_truncate(fd, 1000); }) == 0);
    CHECK(facts_of(io, path).stx_size == 1000);
    CHECK(run(io, [&](Operation& o) { o.set_truncate(fd, -1); }) == -EINVAL);
    ::close(fd);
    CHECK(run(io, [&](Operation& o) { o.set_truncate(-1, 0); }) == -EBADF);
    CHECK(io.stats().in_flight == 0);
    io.stop();
    CHECK(run(io, [&](Operation& o) { o.set_truncate(fd, 4); }) == -ECANCELED);
  });
}

void tells_facts() {
  with_engines([](Io& io) {
    Scratch scratch;
    std::string const path = scratch.file("file", "hello");
    struct stat status;
    CHECK(stat(path.c_str(), &status) == 0);
    struct statx const facts = facts_of(io, path);
    CHECK(facts.stx_size == 5 && facts.stx_ino == status.st_ino);
    CHECK(facts.stx_mode == status.st_mode && S_ISREG(facts.stx_mode));
    CHECK(facts.stx_mtime.tv_sec == status.st_mtim.tv_sec);
    CHECK((facts.stx_mask & STATX_BASIC_STATS) == STATX_BASIC_STATS);
    int const fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    struct statx same = {};
    CHECK(run(io, [&](Operation& o) { o.set_facts(fd, "", AT_EMPTY_PATH, same); }) == 0);
    CHECK(same.stx_ino == facts.stx_ino);
    ::close(fd);
  });
}

void makes_renames_and_removes() {
  with_engines([](Io& io) {
    Scratch scratch;
    std::string const folder = scratch.path("folder"), file = scratch.file("file", "x");
    std::string const moved = folder + "/moved", hard = scratch.path("hard");
    std::string const soft = scratch.path("soft");
    auto const c = [](std::string const& path) { return path.c_str(); };
    CHECK(run(io, [&](Operation& o) { o.set_make_folder(c(folder), 0750); }) == 0);
    CHECK((facts_of(io, folder).stx_mode & 07777) == 0750);
    CHECK(run(io, [&](Operation& o) { o.set_rename(c(file), c(moved)); }) == 0);
    CHECK(!exists(file) && exists(moved));
    CHECK(run(io, [&](Operation& o) { o.set_link(c(moved), c(hard)); }) == 0);
    CHECK(facts_of(io, hard).stx_nlink == 2);
    CHECK(run(io, [&](Operation& o) { o.set_symbolic_link("hard", c(soft)); }) == 0);
    CHECK(S_ISLNK(facts_of(io, soft, AT_SYMLINK_NOFOLLOW).stx_mode));
    CHECK(facts_of(io, soft).stx_ino == facts_of(io, hard).stx_ino);
    CHECK(run(io, [&](Operation& o) { o.set_unlink(c(folder), AT_REMOVEDIR); }) == -ENOTEMPTY);
    CHECK(run(io, [&](Operation& o) { o.set_unlink(c(moved), 0); }) == 0);
    CHECK(run(io, [&](Operation& o) { o.set_unlink(c(folder), AT_REMOVEDIR); }) == 0);
    CHECK(!exists(folder) && exists(hard));
  });
}

void a_failure_is_the_kernels_errno() {
  with_engines([](Io& io) {
    Scratch scratch;
    std::string const file = scratch.file("file", "x");
    char const* const path = file.c_str();
    struct statx facts;
    auto const fails = [&](int error, auto set) { CHECK(run(io, set) == -error); };
    fails(EBADF, [](Operation& o) { o.set_write(-1, "x", 1, 0); });
    fails(EBADF, [](Operation& o) { o.set_sync(-1, false); });
    fails(ENOENT, [&](Operation& o) { o.set_facts(AT_FDCWD, "/nowhere", 0, facts); });
    fails(ENOTDIR, [&](Operation& o) { o.set_unlink(path, AT_REMOVEDIR); });
    fails(ENOENT, [](Operation& o) { o.set_rename("/nowhere", "/nowhere/else"); });
    fails(EEXIST, [&](Operation& o) { o.set_make_folder(path, 0777); });
    fails(EEXIST, [&](Operation& o) { o.set_link(path, path); });
    fails(EEXIST, [&](Operation& o) { o.set_symbolic_link("x", path); });
    int const full = ::open("/dev/full", O_WRONLY | O_CLOEXEC);
    fails(ENOSPC, [&](Operation& o) { o.set_write(full, "x", 1, -1); });
    ::close(full);
  });
}

}  // namespace

int main() {
  test::Watchdog watchdog;
  writes_here_and_there();
  writes_more_than_a_little();
  cuts_and_lengthens();
  tells_facts();
  makes_renames_and_removes();
  a_failure_is_the_kernels_errno();
}
