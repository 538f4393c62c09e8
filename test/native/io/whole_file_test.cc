// Unit: a large file is the same from the cache, from the disk, from both, and into any memory; and
// it may be given up, or change while it is read.

#include "io/whole_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cstring>
#include <string>
#include <thread>

#include "io/canceller.h"
#include "io/fibers.h"
#include "support/watchdog.h"

using namespace heddle;
using test::Scratch;

namespace {

constexpr std::size_t kMega = 1 << 20;
// Of all kinds: multiples of a page and not, of a piece and not, and less than is read directly.
constexpr std::size_t kSizes[] = {kMega - 1,      kMega,     kMega + 1,          3 * kMega + 4096,
                                  5 * kMega + 17, 9 * kMega, 256 * 1024 * 9 + 1, 4096 * 700};

bool equals(std::byte const* bytes, std::string const& expected) {
  return std::memcmp(bytes, expected.data(), expected.size()) == 0;
}

struct Counted : Progress {
  void loaded(std::size_t bytes, std::size_t expected) override {
    CHECK(bytes > last && bytes <= expected);
    last = bytes;
    ++times;
  }
  std::size_t last = 0;
  int times = 0;
};

void is_the_same_from_wherever() {
  test::on_fibers([](Io& io) {
    for (std::size_t size : kSizes) {
      Scratch scratch;
      std::string const content = test::pattern(size);
      std::string const path = scratch.file("file", content);
      for (std::size_t cached : {std::size_t{0}, std::size_t{1}, kMega + 5, size}) {
        test::make_cold(path);
        int const fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
        // The first bytes, or the last: then the middle comes from the disk.
        std::string warm(std::min(cached, size), 0);
        std::size_t const at = cached % 2 == 0 ? 0 : size - warm.size();
        CHECK(::pread(fd, warm.data(), warm.size(), static_cast<off_t>(at)) ==
              static_cast<ssize_t>(warm.size()));
        ::close(fd);
        Counted progress;
        auto const bytes = read_file(io, path.c_str(), {.progress = &progress});
        CHECK(bytes.ok() && bytes.value().size() == size);
        CHECK(equals(bytes.value().data(), content));
        CHECK(progress.last == size && progress.times > 0);
      }
    }
  });
}

// Aligned or not, with just the room, more, and too little.
void goes_into_given_memory() {
  test::on_fibers([](Io& io) {
    Scratch scratch;
    std::size_t const size = 5 * kMega + 17;
    std::string const content = test::pattern(size);
    std::string const path = scratch.file("file", content);
    std::string memory(size + 3 * 4096, 0);
    auto* const start = reinterpret_cast<std::byte*>(memory.data());
    std::size_t const to_page = 4096 - reinterpret_cast<std::uintptr_t>(start) % 4096;
    for (bool cold : {true, false}) {
      for (std::size_t shift : {std::size_t{0}, to_page, to_page + 1}) {
        for (std::size_t room : {size, size + 1, size + 4096}) {
          if (cold) test::make_cold(path);
          std::fill(memory.begin(), memory.end(), '.');
          auto const bytes = read_file(io, path.c_str(), {.into = std::span(start + shift, room)});
          CHECK(bytes.ok() && !bytes.value().is_own() && bytes.value().size() == size);
          CHECK(equals(start + shift, content));
          CHECK(start[shift + size] == std::byte{'.'} || room > size);
          CHECK(start[shift + room] == std::byte{'.'});  // Nothing is written behind it.
        }
        auto const small = read_file(io, path.c_str(),
                                     {.into = std::span(start + shift, size - 1)});
        CHECK(!small.ok() && small.error() == Errno{EFBIG});
      }
    }
    std::byte none[1];
    auto const empty = read_file(io, scratch.file("empty", "").c_str(),
                                 {.into = std::span(none, 0)});
    CHECK(empty.ok() && empty.value().size() == 0);
  });
}

void what_is_given_up_ends() {
  test::on_fibers([](Io& io) {
    Scratch scratch;
    std::string const path = scratch.file("file", test::pattern(20 * kMega));
    struct GivesUp : Progress {
      explicit GivesUp(Canceller& by) : canceller(by) {}
      void loaded(std::size_t, std::size_t) override { canceller.cancel(); }
      Canceller& canceller;
    };
    for (bool cold : {true, false}) {
      if (cold) test::make_cold(path);
      Canceller canceller;
      GivesUp progress(canceller);
      Canceller::ForFiber const scope(&canceller);
      auto const bytes = read_file(io, path.c_str(), {.progress = &progress});
      CHECK(!bytes.ok() && bytes.error() == Errno{ECANCELED});
    }
  });
}

// What comes is a beginning of what it was.
void a_file_may_be_cut_while_it_is_read() {
  test::on_fibers([](Io& io) {
    Scratch scratch;
    std::size_t const size = 12 * kMega;
    std::string const content = test::pattern(size);
    for (int i = 0; i < 20; ++i) {
      std::string const path = scratch.file("file" + std::to_string(i), content);
      test::make_cold(path);
      std::size_t const left = size / 20 * static_cast<std::size_t>(i) + 100;
      std::thread cuts([&] { CHECK(truncate(path.c_str(), static_cast<off_t>(left)) == 0); });
      auto const bytes = read_file(io, path.c_str());
      cuts.join();
      CHECK(bytes.ok() && bytes.value().size() >= left && bytes.value().size() <= size);
      CHECK(equals(bytes.value().data(), content.substr(0, left)));
    }
  });
}

}  // namespace

int main() {
  test::Watchdog const watchdog;
  is_the_same_from_wherever();
  goes_into_given_memory();
  what_is_given_up_ends();
  a_file_may_be_cut_while_it_is_read();
}
