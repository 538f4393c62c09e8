// Stress: once an operation is over nobody writes to its buffer, which may be unmapped at once.
//
// Every buffer is a page between two that nobody may touch, and operations use it to its last byte.
// It is unmapped in `done`, and by the next operation's mapping soon something else: a late or a
// long write is a fault, or damage to a neighbour's pattern. Some operations are cancelled, and the
// engine is stopped with the rest in flight. Replays with --seed N.

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstring>
#include <deque>
#include <thread>

#include "base/random.h"
#include "io/engines.h"
#include "support/scratch.h"
#include "support/stress.h"

using namespace heddle;

namespace {

constexpr std::size_t kOperations = 1000;
constexpr std::size_t kPipes = 8;

std::size_t page_bytes() {
  return std::size_t(sysconf(_SC_PAGESIZE));
}

// A page of memory with a guard on either side.
struct Guarded : Operation {
  Guarded() {
    std::size_t const page = page_bytes();
    void* const all = mmap(nullptr, 3 * page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(all != MAP_FAILED);
    bytes = static_cast<unsigned char*>(all) + page;
    CHECK(mprotect(bytes, page, PROT_READ | PROT_WRITE) == 0);
    done = [](Operation& self) -> Fiber* {
      auto& guarded = static_cast<Guarded&>(self);
      guarded.unmap();
      CHECK(guarded.times.fetch_add(1, release) == 0);
      return nullptr;
    };
  }

  void unmap() {
    std::size_t const page = page_bytes();
    CHECK(munmap(bytes - page, 3 * page) == 0);
  }

  unsigned char* bytes = nullptr;
  Atomic<int> times{0};
};

void stress(test::Stress const& run) {
  test::with_engines([&](Io& io) {
    test::Scratch scratch;
    std::string const path = scratch.file("text", std::string(3 * page_bytes(), 'x'));
    int const file = ::open(path.c_str(), O_RDWR | O_CLOEXEC);
    CHECK(file >= 0);
    test::Pipe pipes[kPipes];
    Random random{run.seed};
    std::deque<Guarded> all(kOperations);
    std::size_t const page = page_bytes();
    for (std::size_t i = 0; i < all.size(); ++i) {
      Guarded& one = all[i];
      auto const offset = std::int64_t(random.below(unsigned(3 * page)));
      switch (random.below(4)) {
        case 0:
          one.set_read(file, one.bytes, page, offset);
          break;
        case 1:
          one.set_write(file, one.bytes, page, offset);
          break;
        default:
          one.set_read(pipes[random.below(kPipes)].reading, one.bytes, page, -1);
      }
      io.submit(one);
      Guarded& other = all[random.below(unsigned(i + 1))];
      if (random.below(4) == 0) io.cancel(other);
      if (random.below(8) == 0) CHECK(write(pipes[random.below(kPipes)].writing, "late", 4) == 4);
    }
    // Some have a result of their own: more than the cancelled can be are over.
    while (io.stats().completed < kOperations / 4) std::this_thread::yield();
    io.stop();
    std::size_t cancelled = 0;
    for (Guarded const& one : all) {
      // Acquire pairs with `done`.
      CHECK(one.times.load(acquire) == 1);
      cancelled += one.result == -ECANCELED ? 1 : 0;
    }
    CHECK(cancelled > 0 && cancelled < all.size());
    ::close(file);
    run.progress();
  });
}

}  // namespace

int main(int argc, char** argv) {
  return test::run_seeds(argc, argv, 20, stress);
}
