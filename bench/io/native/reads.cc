// Blocks of one file in random or in rising order: how many a second, and what each costs.
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <cerrno>

#include "measurements.h"
#include "method.h"
#include "support/measure.h"

namespace io_bench {
namespace {

// The offsets of a file's blocks, each of them once before any comes again.
class Offsets {
 public:
  Offsets(Options const& options, std::uint64_t file_bytes)
      : block_(options.block), count_(file_bytes / options.block), is_random_(options.is_random()) {
    if (is_random_ && !std::has_single_bit(count_)) fail("a power of two of blocks", EINVAL);
  }

  std::uint64_t count() const { return count_; }

  std::uint64_t next() {
    std::uint64_t const number = next_++ % count_;
    return (is_random_ ? scatter(number) : number) * block_;
  }

 private:
  // Odd factors and shifted sums lose no bits, so no two numbers become the same.
  std::uint64_t scatter(std::uint64_t number) const {
    std::uint64_t const mask = count_ - 1;
    int const half = (std::bit_width(mask) + 1) / 2;
    number = number * 0x9e3779b1 & mask;
    number ^= number >> half;
    number = number * 0x85ebca6b & mask;
    return number ^ number >> half;
  }

  std::uint64_t block_;
  std::uint64_t count_;
  bool is_random_;
  std::uint64_t next_ = 0;
};

// Keeps `depth` reads in flight until the time is over. Cold, no block is read twice.
class Reads {
 public:
  Reads(Options const& options, Job const& job, Method& method)
      : method_(method),
        job_(job),
        offsets_(options, job.file_bytes),
        most_(options.is_cold() ? offsets_.count() : ~std::uint64_t{0}),
        time_ns_(std::int64_t(options.time_ms) * 1'000'000),
        slots_(job.slots) {}

  void run() {
    method_.begin();
    end_ = bench::wall_ns() + time_ns_;
    for (unsigned slot = 0; slot < job_.depth && started_ < most_; ++slot) start(slot);
    std::vector<unsigned> done;
    while (latencies_.size() < started_) {
      done.clear();
      method_.finish(Wait::One, done);
      std::int64_t const now = bench::wall_ns();
      for (unsigned slot : done) latencies_.push_back(double(now - slots_[slot].started));
      for (unsigned slot : done) {
        verify_pages(method_.data(slot), job_.block, slots_[slot].offset);
        if (now < end_ && started_ < most_) start(slot);
      }
    }
  }

  std::vector<double> const& latencies() const { return latencies_; }

 private:
  struct Slot {
    std::int64_t started;
    std::uint64_t offset;
  };

  void start(unsigned slot) {
    ++started_;
    slots_[slot] = {bench::wall_ns(), offsets_.next()};
    method_.start(slot, slots_[slot].offset);
  }

  Method& method_;
  Job job_;
  Offsets offsets_;
  std::uint64_t most_;
  std::int64_t time_ns_;
  std::int64_t end_ = 0;
  std::uint64_t started_ = 0;
  std::vector<Slot> slots_;
  std::vector<double> latencies_;
};

}  // namespace

void measure_reads(Options const& options) {
  if (options.state == "hot") warm(options);
  if (options.state != "hot") evict(options);
  int const fd = open_to_read(options.file, options.is_direct());
  Memory const memory = make_memory(options.depth * options.block);
  Job const job{fd,           bytes_of(fd), options.block, options.depth, options.depth,
                memory.get(), Touch::Words};
  auto const method = make_method(options.method, job);
  Reads reads(options, job, *method);
  bench::Sample const sample = bench::measure([&] { reads.run(); });
  bench::Report("native")
      .add("verified", double(reads.latencies().size()))
      .add(sample)
      .add("p50", bench::percentile(reads.latencies(), 0.5))
      .add("p99", bench::percentile(reads.latencies(), 0.99))
      .print();
  close(fd);
}

}  // namespace io_bench
