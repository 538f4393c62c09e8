// Stress: threads that add to one timeline in every way lose nothing, a writer is alone with its
// version until it has settled it, everybody who asked is told once, and the end of the timeline
// reaches whoever still waits.

#include "flow/timeline.h"

#include <thread>

#include "kernels/scalar.h"
#include "support/stress.h"

using namespace heddle;

namespace {

constexpr int kRounds = 300;
constexpr std::uint64_t kNoDeadline = ~std::uint64_t{0} >> 1;

struct Counter : Notify {
  void notify(std::uint32_t) override { told.fetch_add(1, relaxed); }
  Atomic<std::uint32_t> told{0};
};

Contents number(double value) {
  Contents contents;
  contents.outcome = Outcome::Scalar;
  contents.value.number = value;
  return contents;
}

double number_in(Timeline& timeline, Version& version) {
  double value = 0;
  timeline.look(version, [&](Contents const& contents) {
    CHECK(contents.outcome == Outcome::Scalar);
    value = contents.value.number;
  });
  return value;
}

class Threads {
 public:
  explicit Threads(std::uint64_t seed) : seed_(seed) {
    CHECK(timeline_.settle(*timeline_.next().version, number(0)));
  }

  void run(std::uint32_t count) {
    std::vector<std::thread> threads;
    for (std::uint32_t i = 0; i < count; ++i) threads.emplace_back([this, i] { work(i); });
    for (std::thread& thread : threads) thread.join();
    VersionRef const last = timeline_.now(false);
    CHECK(number_in(timeline_, *last) == double(added_.load(relaxed)));
  }

 private:
  void work(std::uint32_t index) {
    Random random{seed_ * 64 + index};
    Counter counter;
    std::uint32_t asked = 0;
    for (int i = 0; i < kRounds; ++i) {
      switch (random.below(5)) {
        case 0:
          assign();
          break;
        case 1:
          write(random.below(2) == 0);
          break;
        case 2:
          read(random);
          break;
        case 3:
          forget(random);
          break;
        default:
          asked += watch(counter, random);
      }
    }
    while (counter.told.load(relaxed) < asked) sched_yield();
    CHECK(counter.told.load(relaxed) == asked);
  }

  void assign() {
    Value one{};
    one.number = 1;
    if (timeline_.assign(scalar_kernels(), CommandCode::Add, Type::Number, one)) {
      added_.fetch_add(1, relaxed);
    }
  }

  // Adds one, when it is its turn.
  void write(bool settles_twice) {
    auto const [version, previous] = timeline_.next();
    CHECK(version != nullptr && previous != nullptr);
    CHECK(timeline_.wait(*previous, Moment::Free, kNoDeadline));
    CHECK(writers_.exchange(1, relaxed) == 0);
    double const before = number_in(timeline_, *previous);
    CHECK(writers_.exchange(0, relaxed) == 1);
    CHECK(timeline_.settle(*version, number(before + 1)));
    if (settles_twice) CHECK(!timeline_.settle(*version, number(-1)));
    added_.fetch_add(1, relaxed);
  }

  // While it is held it is not free, and its number stays.
  void read(Random& random) {
    VersionRef const version = timeline_.now(true);
    CHECK(timeline_.wait(*version, Moment::Settled, kNoDeadline));
    double const value = number_in(timeline_, *version);
    for (std::uint32_t i = random.below(50); i > 0; --i) {
      CHECK(!timeline_.is(*version, Moment::Free));
    }
    CHECK(number_in(timeline_, *version) == value);
    timeline_.release(*version);
  }

  // True: it will be told.
  bool watch(Counter& counter, Random& random) {
    VersionRef const version = timeline_.now(false);
    return timeline_.watch(*version, {Moment(random.below(2)), &counter, 0});
  }

  // Who was forgotten may be gone.
  void forget(Random& random) {
    VersionRef const version = timeline_.now(false);
    Counter counter;
    (void)timeline_.watch(*version, {Moment(random.below(2)), &counter, 0});
    timeline_.forget(*version, counter);
    CHECK(counter.told.load(relaxed) <= 1);
  }

  std::uint64_t const seed_;
  Timeline timeline_;
  Atomic<std::uint32_t> added_{0};
  Atomic<std::uint32_t> writers_{0};  // Between their turn and the end of it.
};

// Whoever waits when it ends is told so, and so is who comes later.
void end() {
  Timeline timeline;
  Counter counter;
  VersionRef const written = timeline.next().version;
  VersionRef const blank = timeline.next().version;
  CHECK(timeline.watch(*written, {Moment::Settled, &counter, 0}));
  CHECK(timeline.watch(*blank, {Moment::Free, &counter, 0}));
  std::thread waiter([&] { CHECK(timeline.wait(*blank, Moment::Settled, kNoDeadline)); });
  timeline.close();
  waiter.join();
  CHECK(counter.told.load(relaxed) == 2);
  CHECK(timeline.next().version == nullptr);
  CHECK(!timeline.settle(*written, number(1)));
  timeline.look(*timeline.now(false), [](Contents const& contents) {
    CHECK(contents.outcome == Outcome::Fault && contents.fault->code == FaultCode::Cancelled);
  });
}

}  // namespace

int main(int argc, char** argv) {
  return test::run_seeds(argc, argv, 30, [](test::Stress const& run) {
    Random random{run.seed};
    Threads(run.seed).run(2 + random.below(4));
    end();
  });
}
