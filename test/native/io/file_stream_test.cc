// Unit: a stream gives a file's bytes in order, reads ahead when it has to wait, and lets go.

#include "io/file_stream.h"

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

constexpr std::size_t kChunk = FileStream::kChunkBytes;

std::string read_all(FileStream& stream, char const* path) {
  CHECK(stream.open(path).ok());
  std::string all;
  while (true) {
    auto chunk = stream.next();
    CHECK(chunk.ok());
    if (chunk.value().empty()) break;
    CHECK(chunk.value().size() <= kChunk);
    all.append(reinterpret_cast<char const*>(chunk.value().data()), chunk.value().size());
  }
  CHECK(stream.next().value().empty());  // The end stays the end.
  return all;
}

void gives_files_of_every_size_hot_and_cold() {
  on_fibers([](Io& io) {
    Scratch scratch;
    FileStream stream(io);  // One for all of them.
    for (std::size_t size : {std::size_t{0}, std::size_t{1}, std::size_t{5000}, kChunk - 1, kChunk,
                             kChunk + 1, 2 * kChunk, 5 * kChunk + 17}) {
      std::string const content = test::pattern(size);
      std::string const path = scratch.file(std::to_string(size), content);
      auto const before = io.stats();
      CHECK(read_all(stream, path.c_str()) == content);
      if (test::answers_at_once()) CHECK(io.stats().submitted == before.submitted);
      test::make_cold(path);
      CHECK(read_all(stream, path.c_str()) == content);
    }
  });
}

void reads_ahead_when_it_had_to_wait() {
  on_fibers([](Io& io) {
    Scratch scratch;
    std::string const path = scratch.file("cold", test::pattern(8 * kChunk));
    test::make_cold(path);
    FileStream stream(io);
    CHECK(stream.open(path.c_str()).ok());
    CHECK(stream.next().ok());
    if (test::gets_cold()) CHECK(io.stats().submitted >= 2);  // This chunk, and the next one.
  });
}

void a_stream_that_is_given_up_waits_for_what_is_in_flight() {
  on_fibers([](Io& io) {
    Scratch scratch;
    std::string const path = scratch.file("cold", test::pattern(8 * kChunk));
    for (int chunks = 0; chunks < 4; ++chunks) {
      test::make_cold(path);
      FileStream stream(io);
      CHECK(stream.open(path.c_str()).ok());
      for (int i = 0; i < chunks; ++i) CHECK(stream.next().ok());
    }
    CHECK(io.stats().in_flight == 0);
  });
}

// The read ahead waits for bytes that never come.
void a_pipe_can_be_given_up() {
  on_fibers([](Io& io) {
    Scratch scratch;
    std::string const path = scratch.path("fifo");
    CHECK(mkfifo(path.c_str(), 0600) == 0);
    int const writing = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
    std::thread writer([&] {
      while (io.stats().in_flight == 0) std::this_thread::yield();
      CHECK(write(writing, "first", 5) == 5);
    });
    {
      FileStream stream(io);
      CHECK(stream.open(path.c_str()).ok());
      auto chunk = stream.next();
      CHECK(chunk.ok() && chunk.value().size() == 5);
      CHECK(std::memcmp(chunk.value().data(), "first", 5) == 0);
      CHECK(io.stats().in_flight == 1);
    }
    CHECK(io.stats().in_flight == 0);
    writer.join();
    ::close(writing);
  });
}

void failures_are_the_kernels_errno() {
  on_fibers([](Io& io) {
    Scratch scratch;
    FileStream stream(io);
    CHECK(stream.open(scratch.path("none").c_str()).error() == Errno{ENOENT});
    CHECK(stream.open("/tmp").ok());
    CHECK(stream.next().error() == Errno{EISDIR});
    std::string const path = scratch.file("some", "thing");
    CHECK(read_all(stream, path.c_str()) == "thing");
  });
}

}  // namespace

int main() {
  test::Watchdog watchdog;
  gives_files_of_every_size_hot_and_cold();
  reads_ahead_when_it_had_to_wait();
  a_stream_that_is_given_up_waits_for_what_is_in_flight();
  a_pipe_can_be_given_up();
  failures_are_the_kernels_errno();
}
