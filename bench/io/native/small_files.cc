// Many small files, opened, read and closed.
#include "small_files.h"

#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <thread>

#include "measurements.h"
#include "support/measure.h"

namespace io_bench {
namespace {

// Longer than any: a read that comes back short says that the file has ended.
constexpr std::size_t kBuffer = 2 * kSmallBytesMax;

void read_small(std::string const& path, unsigned number, std::byte* buffer) {
  int const fd = open_to_read(path, false);
  verify_small(buffer, checked(read(fd, buffer, kBuffer), "read"), number);
  close(fd);
}

}  // namespace

void read_small_here(std::vector<std::string> const& paths) {
  Memory const buffer = make_memory(kBuffer);
  for (unsigned i = 0; i < paths.size(); ++i) read_small(paths[i], i, buffer.get());
}

void read_small_by_threads(std::vector<std::string> const& paths, unsigned count) {
  std::atomic<unsigned> next{0};
  auto const loop = [&] {
    Memory const buffer = make_memory(kBuffer);
    for (unsigned i = next++; i < paths.size(); i = next++) read_small(paths[i], i, buffer.get());
  };
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < count; ++i) threads.emplace_back(loop);
  for (std::thread& thread : threads) thread.join();
}

void measure_small_files(Options const& options) {
  if (options.is_cold()) {
    evict(options);
  } else {
    warm(options);
  }
  std::vector<std::string> paths;
  for (unsigned i = 0; i < options.count; ++i) paths.push_back(small_path(options.file, i));
  bench::Sample const sample = bench::measure([&] {
    if (options.method == "sync") {
      read_small_here(paths);
    } else if (options.method == "threads") {
      read_small_by_threads(paths, 4);
    } else {
      read_small_by_ring(paths, options.depth);
    }
  });
  bench::Report("native").add("verified", double(paths.size())).add(sample).print();
}

}  // namespace io_bench
