// Unit: both engines list a folder and ask for permissions, and say what the kernel says.

#include "io/folder.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <map>
#include <string>

#include "io/engines.h"
#include "support/scratch.h"
#include "support/watchdog.h"

using namespace heddle;
using test::Scratch;
using test::Waited;
using test::with_engines;

namespace {

using Types = std::map<std::string, int>;

std::int64_t list(Io& io, std::string const& path, Types& into) {
  Bytes entries;
  Waited operation;
  operation.set_read_folder(path.c_str(), Entries::Types, entries);
  std::int64_t const result = operation.run(io);
  auto const* at = reinterpret_cast<char const*>(entries.data());
  auto const* const end = at + entries.size();
  while (at < end) {
    std::string const name = at + 1;
    CHECK(into.emplace(name, *at).second);
    at += name.size() + 2;
  }
  CHECK(at == end);
  return result;
}

void lists_names_and_types() {
  with_engines([](Io& io) {
    Scratch scratch;
    (void)scratch.file("file", "x");
    CHECK(mkdir(scratch.path("folder").c_str(), 0700) == 0);
    CHECK(symlink("nowhere", scratch.path("link").c_str()) == 0);
    CHECK(mkfifo(scratch.path("pipe").c_str(), 0600) == 0);
    (void)scratch.file("\xff\x01 name", "");
    Types found;
    CHECK(list(io, scratch.path(""), found) == 0);
    Types const expected = {{"file", DT_REG},
                            {"folder", DT_DIR},
                            {"link", DT_LNK},
                            {"pipe", DT_FIFO},
                            {"\xff\x01 name", DT_REG}};
    CHECK(found == expected);
    found.clear();
    CHECK(list(io, scratch.path("folder"), found) == 0);
    CHECK(found.empty());
  });
}

// More than the C library reads at once.
void lists_many() {
  with_engines([](Io& io) {
    Scratch scratch;
    constexpr int kMany = 3000;
    for (int i = 0; i < kMany; ++i) (void)scratch.file("name-" + std::to_string(i), "");
    Types found;
    CHECK(list(io, scratch.path(""), found) == 0);
    CHECK(found.size() == kMany && found.count("name-2999") == 1);
  });
}

void asks_for_permissions() {
  with_engines([](Io& io) {
    Scratch scratch;
    std::string const file = scratch.file("file", "x");
    auto const ask = [&](std::string const& path, int wanted) {
      Waited operation;
      operation.set_access(path.c_str(), wanted);
      return operation.run(io);
    };
    CHECK(ask(file, F_OK) == 0);
    CHECK(ask(file, R_OK | W_OK) == 0);
    CHECK(ask(file, X_OK) == -EACCES);
    CHECK(ask(scratch.path("nothing"), F_OK) == -ENOENT);
    CHECK(ask(file, 8) == -EINVAL);
  });
}

void a_failure_is_the_kernels_errno() {
  with_engines([](Io& io) {
    Scratch scratch;
    Types found;
    CHECK(list(io, scratch.path("nothing"), found) == -ENOENT);
    CHECK(list(io, scratch.file("file", ""), found) == -ENOTDIR);
    io.stop();
    CHECK(list(io, scratch.path(""), found) == -ECANCELED);
    CHECK(found.empty());
  });
}

}  // namespace

int main() {
  test::Watchdog watchdog;
  lists_names_and_types();
  lists_many();
  asks_for_permissions();
  a_failure_is_the_kernels_errno();
}
