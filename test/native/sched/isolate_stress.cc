// Stress: isolates come into seats and go from them while script tasks and native jobs run; nothing
// is lost, and every result is right unless an isolate has died of it.
//
// The isolates are threads with an event loop of a semaphore's making, and their JavaScript is a
// recursion here that forks and joins as lib's does: plain loads and stores, and the slow paths of
// the worker. Some die in the middle of it, others come in their place; the scheduler is stopped at
// any moment. Native roots fork, join and sleep beside them on the same seats.

#include <cinttypes>
#include <cstdio>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "base/random.h"
#include "sched/harness.h"
#include "support/stress.h"

using namespace heddle;

namespace {

constexpr std::uint32_t kFib = 1;
constexpr std::uint32_t kThrown = 7;

struct Counts {
  Atomic<std::uint64_t> right{0}, died{0}, thrown{0}, stolen{0}, overflows{0}, withdrawn{0};
};

// What a thrown exception, or an isolate that is ended, is in a language without exceptions.
struct Outcome {
  double number = 0;
  std::uint32_t fault = ScriptResult::kNoFault;
};

double fib(int n) {
  return n < 2 ? n : fib(n - 1) + fib(n - 2);
}

class Isolate : public ScriptHost {
 public:
  Isolate(Scheduler& scheduler, std::uint32_t seat, std::uint64_t seed, Counts& counts)
      : worker_(scheduler.worker(seat)),
        random_(seed),
        counts_(counts),
        thread_([this] { live(); }) {}
  ~Isolate() { thread_.join(); }

  // As worker.terminate(): from any thread, at any time.
  void kill() {
    is_dead_.store(true, relaxed);
    ring();
  }
  bool has_ended() const { return has_ended_.load(acquire); }

  void run(Task& task, ScriptRoot&) override {
    counts_.stolen.fetch_add(1, relaxed);
    ScriptCall const call = script_call(task);
    CHECK(call.function == kFib && call.count == 2);
    double arguments[2];
    std::memcpy(arguments, task.payload, sizeof(arguments));
    Outcome const outcome = enter(arguments[0], arguments[1]);
    set_script_result(task, {outcome.number, outcome.fault});
  }

  // With everything above where it began dropped, if it has thrown.
  Outcome enter(double n, double bad) {
    std::size_t const base = deque().head();
    std::uint32_t const kept = std::uint32_t(kept_.size());
    Outcome const outcome = call(n, bad);
    if (outcome.fault != ScriptResult::kNoFault && is_alive()) {
      kept_.resize(kept);
      if (!worker_.unwind_script(base, kept)) return {0, ScriptResult::kDied};
    }
    if (is_alive()) CHECK(deque().head() == base);
    return outcome;
  }

  bool is_alive() override { return !is_dead_.load(relaxed); }
  bool probe() override { return is_alive(); }

 private:
  SplitDeque<Task>& deque() { return worker_.script_tasks().deque; }

  // fib(n), which throws where `bad` of its own calls have been made.
  Outcome call(double n, double bad) {
    if (!is_alive()) return {0, ScriptResult::kDied};
    if (n == bad && random_.below(4) == 0) return {0, kThrown};
    if (n < 2) return {n};
    if (random_.below(300) == 0) test::spin_for(20'000);
    if (Outcome const forked = fork(n - 1, bad); forked.fault != 0) return forked;
    Outcome const right = call(n - 2, bad);
    if (right.fault != 0) return right;  // With a child that is not joined.
    Outcome const left = join();
    if (left.fault != 0) return left;
    return {left.number + right.number};
  }

  Outcome fork(double n, double bad) {
    std::size_t const mark = deque().head();
    Task& task = deque().slot(mark);
    ScriptCall const call{kFib, 2};
    std::memcpy(&task.run, &call, sizeof(call));
    double const arguments[2] = {n, bad};
    std::memcpy(task.payload, arguments, sizeof(arguments));
    if (deque().push(mark + sizeof(Task))) return {};
    if (worker_.fork_script(mark) == Worker::ScriptFork::Pushed) return {};
    counts_.overflows.fetch_add(1, relaxed);
    Outcome const outcome = enter(n, bad);
    if (outcome.fault == ScriptResult::kDied) return outcome;
    kept_.push_back(outcome);
    worker_.keep_overflow();
    return {};
  }

  Outcome join() {
    std::size_t const mark = deque().head() - sizeof(Task);
    if (!deque().pop(mark)) {
      ScriptResult result{};
      switch (worker_.join_script(mark, result)) {
        case Worker::ScriptJoin::Call:
          break;
        case Worker::ScriptJoin::Done:
          return {result.number, result.fault};
        case Worker::ScriptJoin::Overflow: {
          Outcome const kept = kept_.back();
          kept_.pop_back();
          return kept;
        }
        default:
          return {0, ScriptResult::kDied};
      }
    }
    double arguments[2];
    std::memcpy(arguments, deque().slot(mark).payload, sizeof(arguments));
    std::uint32_t const kept = std::uint32_t(kept_.size());
    Outcome const outcome = call(arguments[0], arguments[1]);
    if (outcome.fault != 0 && is_alive()) {
      kept_.resize(kept);
      if (!worker_.unwind_script(mark, kept)) return {0, ScriptResult::kDied};
    }
    return outcome;
  }

  void ring() {
    rings_.fetch_add(1, release);
    futex_wake(rings_, 1);
  }

  void live() {
    worker_.ask_for_seat({[](void* self) { static_cast<Isolate*>(self)->ring(); }, this});
    bool is_seated = false;
    for (bool goes_on = true; goes_on && is_alive();) {
      std::uint32_t const seen = rings_.load(acquire);
      if (!is_seated) is_seated = worker_.sit(*this);
      auto turn = Worker::Turn::Idle;
      if (is_seated) turn = worker_.take_turn(now_ns() + 200'000);
      goes_on = !(is_seated ? turn == Worker::Turn::Over : worker_.is_over());
      if (!goes_on || turn == Worker::Turn::Again || !is_alive()) continue;
      if (turn == Worker::Turn::Dead) break;
      futex_wait(rings_, seen);
    }
    worker_.withdraw();
    if (!is_alive()) counts_.withdrawn.fetch_add(1, relaxed);
    has_ended_.store(true, release);
  }

  Worker& worker_;
  Random random_;
  Counts& counts_;
  std::vector<Outcome> kept_;
  Atomic<bool> is_dead_{false};
  Atomic<bool> has_ended_{false};
  Atomic<std::uint32_t> rings_{0};
  std::thread thread_;
};

struct Root : ScriptRoot {
  Root(double number, double where, Counts& of, Atomic<std::uint64_t>& in, Lane lane)
      : ScriptRoot(run, lane), n(number), bad(where), counts(of), left(in) {}

  static Job* run(Job& self) {
    auto& root = static_cast<Root&>(self);
    Worker& worker = *Worker::current();
    worker.script_tasks().inherit(root.lane, &root.is_cancelled, &root);
    Outcome const outcome = static_cast<Isolate&>(worker.script_host()).enter(root.n, root.bad);
    if (outcome.fault == ScriptResult::kNoFault) {
      CHECK(outcome.number == fib(int(root.n)));
      root.counts.right.fetch_add(1, relaxed);
    } else if (outcome.fault == kThrown) {
      root.counts.thrown.fetch_add(1, relaxed);
    } else {
      root.counts.died.fetch_add(1, relaxed);
    }
    root.left.fetch_sub(1, release);
    return nullptr;
  }

  double const n;
  double const bad;
  Counts& counts;
  Atomic<std::uint64_t>& left;
};

long native_fib(KernelContext t, int n) {
  if (n < 2) return n;
  t.fork<native_fib>(n - 1);
  long const right = native_fib(t, n - 2);
  return t.join<native_fib>() + right;
}

void live_and_die(test::Stress const& run, Random& random, Counts& counts) {
  std::uint32_t const threads = 1 + random.below(4);
  std::uint32_t const capacity = random.below(3) == 0 ? 4 : 64;
  auto started = Scheduler::start({.threads = threads, .task_capacity = capacity});
  CHECK(started.ok());
  Scheduler& scheduler = *started.value();
  std::vector<std::unique_ptr<Root>> roots;
  Atomic<std::uint64_t> left{0};
  std::vector<std::unique_ptr<Isolate>> isolates(threads);
  auto const settle = [&](std::uint32_t i) {
    isolates[i] = std::make_unique<Isolate>(scheduler, i, random.next(), counts);
  };
  std::uint32_t const steps = 20 + random.below(30);
  bool const may_die = random.below(2) == 0;
  for (std::uint32_t step = 0; step < steps; ++step) {
    std::uint32_t const i = random.below(threads);
    switch (random.below(8)) {
      case 0:
        if (isolates[i] == nullptr || isolates[i]->has_ended()) settle(i);
        break;
      case 1:
        if (may_die && isolates[i] != nullptr) isolates[i]->kill();
        break;
      case 2:
        scheduler.submit(test::root_job([] {
          CHECK(native_fib(KernelContext::current(), 12) == 144);
          test::yield_fiber();
          CHECK(native_fib(KernelContext::current(), 8) == 21);
        }));
        break;
      case 3:
        test::spin_for(random.below(300'000));
        break;
      default: {
        double const bad = random.below(3) == 0 ? double(random.below(8)) : -1;
        Lane const lane = Lane(random.below(3));
        roots.push_back(std::make_unique<Root>(5 + random.below(12), bad, counts, left, lane));
        left.fetch_add(1, relaxed);
        scheduler.submit(*roots.back());
      }
    }
  }
  // Script jobs need somebody who can run them.
  for (std::uint32_t i = 0; left.load(acquire) > 0; i = (i + 1) % threads) {
    if (isolates[i] == nullptr || isolates[i]->has_ended()) settle(i);
    std::this_thread::yield();
  }
  run.progress();
  scheduler.stop();
  isolates.clear();
}

void stress(test::Stress const& run) {
  Random random(run.seed);
  Counts counts;
  for (std::uint64_t i = 0; i < run.scaled(60); ++i) live_and_die(run, random, counts);
  auto const n = [](Atomic<std::uint64_t>& count) { return count.load(relaxed); };
  std::printf("right %" PRIu64 ", thrown %" PRIu64 ", died %" PRIu64 ", stolen %" PRIu64
              ", overflows %" PRIu64 ", withdrawn %" PRIu64 "\n",
              n(counts.right), n(counts.thrown), n(counts.died), n(counts.stolen),
              n(counts.overflows), n(counts.withdrawn));
  CHECK(n(counts.right) > 0 && n(counts.thrown) > 0 && n(counts.stolen) > 0);
  CHECK(n(counts.overflows) > 0 && n(counts.withdrawn) > 0);
}

}  // namespace

int main(int argc, char** argv) {
  return test::run_seeds(argc, argv, 5, stress);
}
