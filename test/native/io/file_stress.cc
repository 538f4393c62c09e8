// Stress: many fibers read many files, hot and cold, whole and in chunks; every byte is right.
//
// While they read, they and a thread throw files out of the page cache, so that a read may find
// all, some or nothing of a file, and find it gone between two chunks. Replays with --seed N.

#include <string>
#include <thread>
#include <vector>

#include "base/random.h"
#include "io/fibers.h"
#include "io/file_stream.h"
#include "io/whole_file.h"
#include "support/stress.h"

using namespace heddle;

namespace {

constexpr std::uint32_t kFibers = 24;
constexpr std::size_t kFiles = 12;

struct Files {
  explicit Files(Random& random) {
    for (std::size_t i = 0; i < kFiles; ++i) {
      // Most are small; some are several chunks.
      std::size_t const size = random.below(i % 4 == 0 ? 1'500'000 : 20'000);
      contents.push_back(test::pattern(size));
      paths.push_back(scratch.file(std::to_string(i), contents.back()));
      test::make_cold(paths.back());
    }
  }

  test::Scratch scratch;
  std::vector<std::string> contents;
  std::vector<std::string> paths;
};

void check_whole(Io& io, Files const& files, std::size_t i) {
  auto bytes = read_file(io, files.paths[i].c_str());
  CHECK(bytes.ok() && bytes.value().size() == files.contents[i].size());
  CHECK(files.contents[i].compare(0, std::string::npos,
                                  reinterpret_cast<char const*>(bytes.value().data()),
                                  bytes.value().size()) == 0);
}

// Up to `chunks` of it, and then it is given up.
void check_chunks(FileStream& stream, Files const& files, std::size_t i, unsigned chunks) {
  CHECK(stream.open(files.paths[i].c_str()).ok());
  std::size_t at = 0;
  while (chunks-- > 0) {
    auto chunk = stream.next();
    CHECK(chunk.ok());
    if (chunk.value().empty()) {
      CHECK(at == files.contents[i].size());
      return;
    }
    auto const* const bytes = reinterpret_cast<char const*>(chunk.value().data());
    CHECK(files.contents[i].compare(at, chunk.value().size(), bytes, chunk.value().size()) == 0);
    at += chunk.value().size();
  }
}

void stress(test::Stress const& run) {
  test::with_schedulers(3, [&](Io& io, Scheduler& scheduler) {
    Random random{run.seed};
    Files const files(random);
    Atomic<bool> stop{false};
    std::thread cooler([&] {
      Random mine{run.seed + 1};
      while (!stop.load(relaxed)) {
        test::evict(files.paths[mine.below(kFiles)]);
        std::this_thread::yield();
      }
    });
    auto const rounds = static_cast<int>(run.scaled(40));
    test::on_many_fibers(scheduler, kFibers, [&](std::uint32_t fiber) {
      Random mine{run.seed * kFibers + fiber};
      FileStream stream(io);
      for (int i = 0; i < rounds; ++i) {
        if (mine.below(3) == 0) test::evict(files.paths[mine.below(kFiles)]);
        if (mine.below(2) == 0) check_whole(io, files, mine.below(kFiles));
        check_chunks(stream, files, mine.below(kFiles), mine.below(12));
        run.progress();
      }
    });
    stop.store(true, relaxed);
    cooler.join();
    IoStats const stats = io.stats();
    std::printf("%llu by the engine, %llu at once\n",
                static_cast<unsigned long long>(stats.completed),
                static_cast<unsigned long long>(stats.inline_hits));
    CHECK(stats.completed > 20 && stats.inline_hits > 20);  // Else only one way was tested.
    CHECK(stats.in_flight == 0);
  });
}

}  // namespace

int main(int argc, char** argv) {
  if (!test::answers_at_once() || !test::gets_cold()) {
    std::printf("skipped: on this file system all is cached, or nothing\n");
    return 0;
  }
  return test::run_seeds(argc, argv, 2, stress);
}
