// Stress: threads attach to one scheduler, compute and read with it, and part with it in the middle
// of that, while its owner may end it for all: every value comes or fails, who is left is told, and
// nobody touches what has gone.

#include "runtime/crew.h"

#include <sys/stat.h>
#include <unistd.h>

#include <thread>

#include "base/cpu.h"
#include "runtime/runtime.h"
#include "support/scratch.h"
#include "support/stress.h"

using namespace heddle;

namespace {

constexpr int kRounds = 12;
constexpr std::uint32_t kToken = 9;
constexpr Handle kChain = 60;

void no_bell(void*) {
}

// One JavaScript thread's worth.
class Attached {
 public:
  Attached(Crew::Key key, std::string pipe) : key_(key), pipe_(std::move(pipe)) {}

  // False: the scheduler has ended.
  bool run(Random& random) {
    Mailbox mailbox(no_bell, nullptr);
    Stream stream(kernels());
    auto attached = Runtime::attach(key_, mailbox, kToken);
    if (!attached.ok()) return false;
    Runtime& runtime = *attached.value();
    Handle const base = stream.add_block().value() * kBlockCells;
    Cell& file = stream.expect(runtime.home(), base, Type::Bytes);
    // The pipe has no writer: its reading ends with the runtime.
    ReadRequest request;
    request.path = random.below(2) == 0 ? pipe_ : "/proc/self/status";
    runtime.read_file(file, mailbox, std::move(request));
    record(stream, runtime.home(), base);
    if (random.below(3) == 0) runtime.digest(mailbox, 2, std::string("/proc/self/exe\0", 15), 1);
    CellWaiter waiter;
    if (random.below(2) == 0) {
      Cell& last = stream.cell(base + 2 + kChain - 1);
      while (!waiter.wait(stream, last, now_ns() + 1'000'000)) continue;
    }
    for (std::uint32_t i = random.below(20'000); i > 0; --i) cpu_relax();
    runtime.close();
    // As an environment ends.
    for (stream.free_retired(); !runtime.is_quiet(); stream.free_retired()) usleep(50);
    for (Handle i = 0; i < 2 + kChain; ++i) CHECK(stream.cell(base + i).is_settled());
    return true;
  }

 private:
  // Arrays' reductions take their turn on the workers; a chain of additions waits for one.
  static void record(Stream& stream, Home& home, Handle base) {
    Cell& outside = stream.expect(home, base + 1, Type::Number);
    auto* const bring = new Bring(outside);
    Command commands[kChain];
    for (Handle i = 0; i < kChain; ++i) {
      Command& command = commands[i] = Command{};
      command.operation = std::uint8_t(CommandCode::Add);
      command.form = std::uint8_t(Form::ValueRight);
      command.destination = base + 2 + i;
      command.sources[0] = base + 1 + i;
      command.value.number = 1;
    }
    stream.consume(&home, commands, kChain);
    Queue<Job> jobs;
    jobs.push_back(*bring);
    if (!home.submit(jobs)) (void)Bring::run(*bring);
  }

  struct Bring : Job {
    explicit Bring(Cell& to) : Job(run, Kind::Plain), cell(to) {}

    static Job* run(Job& self) {
      auto& bring = static_cast<Bring&>(self);
      bring.cell.value.number = 1;
      settle_outside(bring.cell);
      delete &bring;
      return nullptr;
    }

    Cell& cell;
  };

  Crew::Key const key_;
  std::string const pipe_;
};

void stress(test::Stress const& run) {
  Random random{run.seed};
  test::Scratch const scratch;
  std::string const pipe = scratch.path("pipe");
  CHECK(mkfifo(pipe.c_str(), 0600) == 0);
  RuntimeOptions options;
  options.scheduler.threads = 1 + random.below(3);
  options.io = random.below(2) == 0 ? IoOptions::Wanted::Auto : IoOptions::Wanted::Threads;
  auto owner = Runtime::start(options);
  CHECK(owner.ok());
  Crew::Key const key = owner.value()->crew().key();
  bool const ends_early = random.below(2) == 0;
  Atomic<std::uint32_t> refused{0};
  std::vector<std::thread> threads;
  for (std::uint32_t i = 0; i < 3; ++i) {
    threads.emplace_back([&, i] {
      Random mine{run.seed * 8 + i};
      Attached attached(key, pipe);
      for (int round = 0; round < kRounds; ++round) {
        if (!attached.run(mine)) refused.fetch_add(1, relaxed);
      }
    });
  }
  if (ends_early) {
    usleep(random.below(3000));
    owner.value()->close();
  }
  for (std::thread& thread : threads) thread.join();
  CHECK(ends_early || refused.load(relaxed) == 0);
  owner.value()->close();
  CHECK(Crew::find(key) == nullptr);
}

// Who is attached when the owner ends is told once.
void farewell() {
  auto owner = Runtime::start({});
  CHECK(owner.ok());
  Mailbox mailbox(no_bell, nullptr);
  auto attached = Runtime::attach(owner.value()->crew().key(), mailbox, kToken);
  CHECK(attached.ok() && !attached.value()->closing().load(relaxed));
  owner.value()->close();
  CHECK(attached.value()->closing().load(relaxed));
  Record records[2];
  CHECK(mailbox.deliver(records, 2) == 1);
  CHECK(records[0].token == kToken && records[0].kind == RecordKind::Closed);
  attached.value()->close();
  CHECK(attached.value()->is_quiet());
}

}  // namespace

int main(int argc, char** argv) {
  farewell();
  return test::run_seeds(argc, argv, 20, stress);
}
