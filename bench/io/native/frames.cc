// Frames that compute, with a load going on behind them: how much longer each takes.
//
// A frame does a fixed piece of work, and then what the load needs of this thread: it takes what
// has come and asks for more. What a frame takes beyond the median of undisturbed ones is its
// stall.
#include <unistd.h>

#include <algorithm>
#include <numeric>

#include "measurements.h"
#include "method.h"
#include "support/measure.h"

namespace io_bench {
namespace {

// A fixed piece of work, of a length that is found by trying.
class Work {
 public:
  explicit Work(std::uint64_t microseconds) {
    std::int64_t const wanted = std::int64_t(microseconds) * 1000;
    steps_ = 10'000;
    for (int round = 0; round < 5; ++round) steps_ = steps_ * wanted / best_of_some();
  }

  void run() {
    for (std::int64_t i = 0; i < steps_; ++i) value_ = value_ * 6364136223846793005u + 1;
    bench::keep(value_);
  }

 private:
  std::int64_t best_of_some() {
    std::int64_t best = bench::measure([this] { run(); }).wall;
    for (int i = 0; i < 20; ++i) best = std::min(best, bench::measure([this] { run(); }).wall);
    return std::max<std::int64_t>(best, 1);
  }

  std::int64_t steps_;
  std::uint64_t value_ = 1;
};

// A whole file on its way into memory, a bounded number of blocks at a time.
class Load {
 public:
  Load(Job const& job, Method& method) : job_(job), method_(method) {}

  bool is_over() const { return arrived_ == job_.slots; }

  void step() {
    if (started_ == 0) method_.begin();
    done_.clear();
    method_.finish(Wait::No, done_);
    arrived_ += unsigned(done_.size());
    while (started_ < job_.slots && started_ - arrived_ < job_.depth) {
      method_.start(started_, started_ * job_.block);
      ++started_;
    }
    method_.flush();
  }

  void verify_all() const {
    for (unsigned i = 0; i < job_.slots; ++i) {
      verify_block(method_.data(i), job_.block, i * job_.block);
    }
  }

 private:
  Job job_;
  Method& method_;
  unsigned started_ = 0;
  unsigned arrived_ = 0;
  std::vector<unsigned> done_;
};

std::vector<double> undisturbed(Work& work, unsigned count) {
  std::vector<double> taken;
  for (unsigned i = 0; i < count; ++i) {
    taken.push_back(double(bench::measure([&] { work.run(); }).wall));
  }
  return taken;
}

}  // namespace

void measure_frames(Options const& options) {
  evict(options);
  int const fd = open_to_read(options.file, options.is_direct());
  std::uint64_t const bytes = bytes_of(fd);
  Memory const memory = make_memory(bytes);
  auto const slots = unsigned(bytes / options.block);
  Job const job{fd, bytes, options.block, slots, options.depth, memory.get()};
  auto const method = make_method(options.method, job);
  Work work(options.frame_us);
  double const usual = bench::percentile(undisturbed(work, options.count), 0.5);
  Load load(job, *method);
  std::vector<double> stalls;
  bench::Sample const sample = bench::measure([&] {
    while (!load.is_over()) {
      auto const frame = bench::measure([&] {
        work.run();
        load.step();
      });
      stalls.push_back(std::max(0.0, double(frame.wall) - usual));
    }
  });
  load.verify_all();
  auto const frames = double(stalls.size());
  bench::Report("native")
      .add("verified", double(slots))
      .add(sample)
      .add("bytes", double(bytes))
      .add("frames", frames)
      .add("usual", usual)
      .add("mean", std::accumulate(stalls.begin(), stalls.end(), 0.0) / frames)
      .add("p99", bench::percentile(stalls, 0.99))
      .add("worst", *std::max_element(stalls.begin(), stalls.end()))
      .print();
  close(fd);
}

}  // namespace io_bench
