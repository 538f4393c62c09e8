#pragma once
// The clocks of a benchmark, and the one line of JSON in which it answers.

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <string>
#include <vector>

namespace bench {

inline constexpr double kNanosecond = 1e-9;

inline std::int64_t read_clock(clockid_t clock) {
  timespec now;
  clock_gettime(clock, &now);  // Cannot fail for these clocks.
  return std::int64_t(now.tv_sec) * 1'000'000'000 + now.tv_nsec;
}

inline std::int64_t wall_ns() {
  return read_clock(CLOCK_MONOTONIC);
}

// Of all threads of the process.
inline std::int64_t cpu_ns() {
  return read_clock(CLOCK_PROCESS_CPUTIME_ID);
}

inline void sleep_ns(std::int64_t nanoseconds) {
  timespec const length{nanoseconds / 1'000'000'000, long(nanoseconds % 1'000'000'000)};
  nanosleep(&length, nullptr);
}

// Keeps a processor busy, for work of a known length.
inline void spin_ns(std::int64_t nanoseconds) {
  std::int64_t const end = wall_ns() + nanoseconds;
  while (wall_ns() < end) {
  }
}

// What one stretch of code took.
struct Sample {
  std::int64_t wall;
  std::int64_t cpu;
};

template <class Call>
Sample measure(Call&& call) {
  std::int64_t const cpu = cpu_ns();
  std::int64_t const wall = wall_ns();
  call();
  std::int64_t const wall_end = wall_ns();
  return {wall_end - wall, cpu_ns() - cpu};
}

// The value below which `share` of the values lie.
inline double percentile(std::vector<double> values, double share) {
  std::sort(values.begin(), values.end());
  return values[std::min(values.size() - 1, std::size_t(share * double(values.size())))];
}

// Keeps the compiler from dropping what computes `value`, or from knowing it.
template <class Value>
void keep(Value& value) {
  asm volatile("" : "+m"(value) : : "memory");
}

// A wrong result ends the program: its time means nothing.
inline void require(bool is_right, char const* what) {
  if (is_right) return;
  std::fprintf(stderr, "wrong result: %s\n", what);
  std::exit(1);
}

// {"by":"tbb", ...} on one line.
class Report {
 public:
  explicit Report(std::string const& by) : text_("{\"by\":\"" + by + "\"") {}

  Report& add(char const* name, double value) {
    char number[40];
    std::snprintf(number, sizeof number, "%.10g", value);
    text_ += std::string(",\"") + name + "\":" + number;
    return *this;
  }

  Report& add(Sample const& sample) {
    return add("wall", double(sample.wall)).add("cpu", double(sample.cpu));
  }

  void print() const { std::printf("%s}\n", text_.c_str()); }

 private:
  std::string text_;
};

}  // namespace bench
