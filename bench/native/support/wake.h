#pragma once
// How long a task that is submitted from outside waits for its parked worker, and what that burns.
//
// In alternation with the least that could be done: a thread that waits on a futex, and is woken. A
// task is one time stamp. Before each there is a gap, in which every thread goes to sleep.
//
// In the mode `apart` who submits sits on one processor and everybody else on another, since where
// the kernel leaves a thread by chance makes more of a difference than all that is measured here.

#include <linux/futex.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <atomic>
#include <thread>

#include "support/arguments.h"
#include "support/measure.h"

namespace bench {

inline void futex(std::atomic<std::uint32_t>& word, int operation, std::uint32_t value) {
  syscall(SYS_futex, &word, operation | FUTEX_PRIVATE_FLAG, value, nullptr, nullptr, 0);
}

// In the mode `apart`: moves the calling thread, and those that it starts from then on, to the
// first or the last of the processors that the process may use.
enum class Processor { First, Last };
inline void move_to(Processor which, Arguments const& arguments) {
  if (arguments.mode != "apart") return;
  static cpu_set_t const allowed = [] {
    cpu_set_t set;
    require(sched_getaffinity(0, sizeof set, &set) == 0, "processors");
    return set;
  }();
  int chosen = -1;
  for (int i = 0; i < CPU_SETSIZE; ++i) {
    if (CPU_ISSET(i, &allowed) && (chosen < 0 || which == Processor::Last)) chosen = i;
  }
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(chosen, &one);
  require(sched_setaffinity(0, sizeof one, &one) == 0, "a processor");
}

// A thread that runs a task whenever it is woken, and nothing else.
class BareThread {
 public:
  using Task = void (*)();

  explicit BareThread(Task task) : task_(task), thread_([this] { loop(); }) {}
  ~BareThread() {
    stopping_ = true;
    wake();
    thread_.join();
  }

  void wake() {
    turn_.fetch_add(1);
    futex(turn_, FUTEX_WAKE, 1);
  }

 private:
  void loop() {
    for (std::uint32_t seen = 0; !stopping_;) {
      while (turn_ == seen) futex(turn_, FUTEX_WAIT, seen);
      seen = turn_;
      if (!stopping_) task_();
    }
  }

  Task task_;
  std::atomic<std::uint32_t> turn_{0};
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

// When the last task ran; 0 until it has.
inline std::atomic<std::int64_t> ran_at{0};

inline void stamp() {
  ran_at.store(wall_ns(), std::memory_order_relaxed);
}

struct Wakes {
  std::vector<double> latency;
  double cpu = 0;  // Of the whole process, the submitting thread's included.
};

template <class Submit>
void add_wake(Wakes& wakes, std::int64_t gap_ns, Submit& submit) {
  ran_at = 0;
  std::int64_t const cpu = cpu_ns();
  std::int64_t const submitted = wall_ns();
  submit();
  sleep_ns(gap_ns);
  while (ran_at == 0) {
  }
  wakes.cpu += double(cpu_ns() - cpu);
  wakes.latency.push_back(double(ran_at - submitted));
}

// What all threads but the caller's burn in a second of nothing to do.
inline double idle_cpu_ns(std::int64_t second) {
  auto const others = [] { return cpu_ns() - read_clock(CLOCK_THREAD_CPUTIME_ID); };
  sleep_ns(second / 10);  // Let them settle.
  std::int64_t const before = others();
  sleep_ns(second);
  return double(std::max<std::int64_t>(0, others() - before));  // Two clocks, not read at once.
}

// submit() makes one of the library's tasks, which calls stamp(). The library's threads were
// started after move_to(Processor::Last), or are at the first submit().
template <class Submit>
void report_wakes(Arguments const& arguments, char const* by, Submit submit) {
  long const samples = arguments.size_or(200, 10);
  std::int64_t const gap_ns = 1'000'000;
  Wakes library, bare;
  {
    BareThread thread(stamp);
    auto const wake = [&] { thread.wake(); };
    Wakes first;
    for (int i = 0; i < 10; ++i) add_wake(first, gap_ns, submit);
    move_to(Processor::First, arguments);
    for (long i = 0; i < samples; ++i) {
      add_wake(library, gap_ns, submit);
      add_wake(bare, gap_ns, wake);
    }
  }
  Report(by)
      .add("p50", percentile(library.latency, 0.5))
      .add("p99", percentile(library.latency, 0.99))
      .add("burnt", library.cpu / double(samples))
      .add("bare_p50", percentile(bare.latency, 0.5))
      .add("bare_p99", percentile(bare.latency, 0.99))
      .add("bare_burnt", bare.cpu / double(samples))
      .add("idle", idle_cpu_ns(arguments.is_tiny ? 10'000'000 : 500'000'000))
      .print();
}

}  // namespace bench
