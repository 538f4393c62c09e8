// Stress: runtimes that are closed in the middle of everything lose nothing: each path that was to
// be digested has its letter, each cell its value or its fault, and nothing hangs.

#include "runtime/runtime.h"

#include "base/cpu.h"
#include "kernels/scalar.h"
#include "support/stress.h"

using namespace heddle;

namespace {

constexpr std::uint32_t kPaths = 200;

struct Bell {
  Atomic<std::uint32_t> rings{0};
  static void ring(void* self) { static_cast<Bell*>(self)->rings.fetch_add(1, relaxed); }
};

std::string paths_of(std::uint32_t count) {
  std::string paths;
  for (std::uint32_t i = 0; i < count; ++i) {
    paths += i % 3 == 0 ? "/proc/self/maps" : i % 3 == 1 ? "/proc/self/exe" : "/nowhere";
    paths += '\0';
  }
  return paths;
}

void stress(test::Stress const& run) {
  Random random{run.seed};
  Bell bell;
  Mailbox mailbox(Bell::ring, &bell);
  CHECK(mailbox.doze());
  Stream stream(scalar_kernels());
  RuntimeOptions options;
  options.scheduler.threads = 1 + random.below(4);
  options.scheduler.fibers_max = 1 + random.below(8);
  options.io = random.below(2) == 0 ? IoOptions::Wanted::Auto : IoOptions::Wanted::Threads;
  auto runtime = Runtime::start(options);
  CHECK(runtime.ok());

  runtime.value()->digest(mailbox, 7, paths_of(kPaths), kPaths);
  Handle const base = stream.add_block().value() * kBlockCells;
  for (Handle i = 0; i < 100; ++i) {
    Cell& cell = stream.expect(runtime.value()->home(), base + i, Type::Bytes);
    ReadRequest request;
    request.path = i % 2 == 0 ? "/proc/self/status" : "/nowhere";
    runtime.value()->read_file(cell, mailbox, std::move(request));
  }
  bool const drains = random.below(2) == 0;
  if (drains) CHECK(runtime.value()->wait_drained(~std::uint64_t{0} >> 1));
  for (std::uint32_t i = random.below(20'000); i > 0; --i) cpu_relax();
  runtime.value()->close();
  stream.free_retired();
  CHECK(runtime.value()->is_quiet());

  std::uint32_t letters = 0;
  Record records[64];
  while (std::uint32_t const count = mailbox.deliver(records, 64)) {
    for (std::uint32_t i = 0; i < count; ++i) {
      CHECK(records[i].token == 7 && records[i].kind == RecordKind::Digest);
      CHECK(!drains || (records[i].error == 0) == (records[i].type % 3 != 2));
    }
    letters += count;
  }
  CHECK(letters == kPaths);
  CHECK(bell.rings.load(relaxed) == 1);  // One wake-up, however many letters.
  for (Handle i = 0; i < 100; ++i) {
    Cell const& cell = stream.cell(base + i);
    CHECK(cell.is_settled());
    if (drains) CHECK((cell.fault == nullptr) == (i % 2 == 0));
  }
}

}  // namespace

int main(int argc, char** argv) {
  return test::run_seeds(argc, argv, 30, stress);
}
