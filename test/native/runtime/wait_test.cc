// Unit: letters about values: one each, in few posts, and before their home is quiet.

#include <vector>

#include "kernels/scalar.h"
#include "runtime/runtime.h"

using namespace heddle;

namespace {

constexpr std::uint32_t kValues = 10'000;

struct Bell {
  Atomic<std::uint32_t> rings{0};
  static void ring(void* self) { static_cast<Bell*>(self)->rings.fetch_add(1, relaxed); }
};

// Settles a cell, from a worker.
struct Bring : Job {
  explicit Bring(Cell& to) : Job(run, Kind::Plain), cell(to) {}

  static Job* run(Job& self) {
    auto& cell = static_cast<Bring&>(self).cell;
    cell.value.number = 1;
    settle_outside(cell);
    return nullptr;
  }

  Cell& cell;
};

// Handles 1 to kValues: sums of the one value that comes last, which has handle 0.
void record_sums(Stream& stream, Home& home) {
  for (Handle to = 1; to <= kValues; ++to) {
    if (to % kBlockCells == 0) CHECK(stream.add_block().value() == to / kBlockCells);
    Command command{};
    command.operation = std::uint8_t(CommandCode::Add);
    command.form = std::uint8_t(Form::ValueRight);
    command.destination = to;
    command.value.number = to;
    stream.consume(&home, &command, 1);
  }
}

// Delivers until `count` values and the Drained record have come. Returns the deliveries.
std::uint32_t deliver_all(Mailbox& mailbox, Bell& bell, std::vector<double>& sums) {
  Record records[256];
  std::uint32_t values = 0;
  std::uint32_t rings = 0;
  for (bool is_drained = false; !is_drained;) {
    while (bell.rings.load(relaxed) == rings) sched_yield();
    rings = bell.rings.load(relaxed);
    do {
      std::uint32_t const count = mailbox.deliver(records, 256);
      for (std::uint32_t i = 0; i < count; ++i) {
        if (records[i].kind == RecordKind::Drained) {
          CHECK(values == kValues);  // They came first.
          is_drained = true;
        } else {
          CHECK(records[i].token < sums.size() && sums[records[i].token] == 0);
          sums[records[i].token] = records[i].value.number;
          ++values;
        }
      }
    } while (!mailbox.doze());
  }
  return rings;
}

void many_values_ring_the_bell_seldom() {
  auto started = Runtime::start({.scheduler = {.threads = 1}});
  CHECK(started.ok());
  Runtime& runtime = *started.value();
  Bell bell;
  Mailbox mailbox(Bell::ring, &bell);
  CHECK(mailbox.doze());
  Stream stream(scalar_kernels());
  CHECK(stream.add_block().value() == 0);
  Bring bring(stream.expect(runtime.home(), 0, Type::Number));
  record_sums(stream, runtime.home());
  for (Handle handle = 1; handle <= kValues; ++handle) {
    CHECK(notify_settled(mailbox, stream.cell(handle), handle));
  }
  runtime.notify_drained(mailbox, 0);
  runtime.scheduler().submit(bring);
  std::vector<double> sums(kValues + 1);
  std::uint32_t const rings = deliver_all(mailbox, bell, sums);
  CHECK(rings <= kValues / 256);
  for (Handle handle = 1; handle <= kValues; ++handle) CHECK(sums[handle] == handle + 1.0);
  runtime.close();
}

void a_value_that_is_there_needs_no_letter() {
  Bell bell;
  Mailbox mailbox(Bell::ring, &bell);
  Stream stream(scalar_kernels());
  CHECK(stream.add_block().value() == 0);
  Command constant{};
  constant.value.number = 7;
  stream.consume(nullptr, &constant, 1);
  CHECK(!notify_settled(mailbox, stream.cell(0), 1));
  CHECK(mailbox.doze());
}

}  // namespace

int main() {
  many_values_ring_the_bell_seldom();
  a_value_that_is_there_needs_no_letter();
}
