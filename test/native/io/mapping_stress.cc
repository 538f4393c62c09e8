// Stress: threads read maps of files that are cut, made again and unmapped under them.
//
// A byte is what the file has ever had there, or 0, and nobody dies. What a thread has written to a
// page that is gone stays, whoever else comes to the page at the same time (Z1).

#include <array>
#include <barrier>
#include <thread>

#include "base/random.h"
#include "io/fibers.h"
#include "io/mapping.h"
#include "support/stress.h"
#include "support/threads.h"

using namespace heddle;

namespace {

constexpr std::size_t kFiles = 3;
constexpr std::size_t kPages = 32;
constexpr std::size_t kReaders = 3;
constexpr std::size_t kRounds = 300;

std::size_t page_bytes() {
  return static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

struct File {
  std::string path;
  std::string text;
  Lock lock;
  std::shared_ptr<Mapping> mapping;  // Guarded by the lock.

  std::shared_ptr<Mapping> share() {
    LockGuard const guard(lock);
    return mapping;
  }

  // Whoever has read it last unmaps the one before.
  void map_again() {
    int const fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    auto mapped = Mapping::map(fd, SIZE_MAX, Advice::Normal);
    ::close(fd);
    CHECK(mapped.ok());
    LockGuard const guard(lock);
    std::swap(mapping, mapped.value());
  }

  void cut(std::size_t bytes) { CHECK(::truncate(path.c_str(), off_t(bytes)) == 0); }

  void write_again() {
    int const fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
    CHECK(::pwrite(fd, text.data(), text.size(), 0) == ssize_t(text.size()));
    ::close(fd);
  }
};

struct Shared {
  std::array<File, kFiles> files;
  Atomic<bool> is_over{false};
  Atomic<std::size_t> missed{0};  // Bytes that were 0, of maps that had been cut.
};

void read(Shared& s, Random random) {
  while (!s.is_over.load(relaxed)) {
    File& file = s.files[random.below(kFiles)];
    auto const mapping = file.share();
    std::size_t const size = mapping->size();
    for (int i = 0; i < 64 && size > 0; ++i) {
      std::size_t const at = random.below(std::uint32_t(size));
      auto const byte = char(*static_cast<std::byte volatile*>(mapping->data() + at));
      CHECK(byte == 0 || byte == file.text[at]);
      if (byte == 0 && mapping->is_cut()) s.missed.fetch_add(1, relaxed);
    }
  }
}

void change(Shared& s, Random random, test::Stress const& run) {
  for (std::uint64_t i = 0; i < run.scaled(kRounds) || s.missed.load(relaxed) == 0; ++i) {
    File& file = s.files[random.below(kFiles)];
    switch (random.below(3)) {
      case 0:
        file.cut(random.below(std::uint32_t(file.text.size())));
        break;
      case 1:
        file.write_again();
        break;
      default:
        file.map_again();
    }
    run.progress();
  }
  s.is_over.store(true, relaxed);
}

// All come to the same pages, which are gone, and each writes a byte of its own.
void write_at_once(File& file) {
  file.write_again();
  file.map_again();
  file.cut(0);
  auto const mapping = file.share();
  CHECK(mapping->size() == file.text.size());
  std::barrier together(kReaders);
  test::run_together(kReaders, [&](std::size_t t) {
    for (std::size_t page = 0; page < kPages; ++page) {
      together.arrive_and_wait();
      mapping->data()[page * page_bytes() + t] = std::byte(t + 1);
    }
    together.arrive_and_wait();
    for (std::size_t page = 0; page < kPages; ++page) {
      CHECK(mapping->data()[page * page_bytes() + t] == std::byte(t + 1));
    }
  });
  CHECK(mapping->is_cut());
}

void stress(test::Stress const& run) {
  Random random{run.seed};
  test::Scratch const scratch;
  Shared s;
  for (std::size_t i = 0; i < kFiles; ++i) {
    s.files[i].text = test::pattern(kPages * page_bytes());
    s.files[i].path = scratch.file(std::to_string(i), s.files[i].text);
    s.files[i].map_again();
  }
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < kReaders; ++i) {
    threads.emplace_back([&s, seed = random.next()] { read(s, Random{seed}); });
  }
  change(s, Random{random.next()}, run);
  for (auto& thread : threads) thread.join();
  write_at_once(s.files[0]);
}

}  // namespace

int main(int argc, char** argv) {
  return test::run_seeds(argc, argv, 5, stress);
}
