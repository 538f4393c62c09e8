// Stress: reads and writes of a file that is closed in the middle of them: who had it before the
// close has the right bytes, who comes later is refused, and the descriptor is closed once, after
// the last of them.

#include "runtime/transfer.h"

#include "runtime/started.h"
#include "support/scratch.h"
#include "support/stress.h"

using namespace heddle;

namespace {

constexpr Handle kCalls = 100;
DescriptorRequest request_of(DescriptorCall code, std::shared_ptr<OpenFile> file) {
  DescriptorRequest request;
  request.code = code;
  request.file = std::move(file);
  return request;
}

void stress(test::Stress const& run) {
  Random random{run.seed};
  test::Scratch const scratch;
  std::string const path = scratch.file("digits", "0123456789");
  test::Started started(random);
  Runtime& runtime = *started.runtime;
  open_file(runtime, started.expect(0), path, O_RDWR, 0);
  Cell& opening = started.settled(0);
  CHECK(opening.fault == nullptr);
  std::shared_ptr<OpenFile> const file = take_open_file(opening);
  int const fd = file->fd();

  Handle const closes_at = random.below(kCalls);
  Handle begun = 0;
  for (Handle i = 0; i < kCalls; ++i) {
    if (i == closes_at) {
      make_descriptor_call(runtime, started.expect(1), request_of(DescriptorCall::Close, file));
    }
    if (!file->enter()) {
      CHECK(i >= closes_at);
      continue;
    }
    Cell& cell = started.expect(2 + begun++);
    switch (random.below(4)) {
      case 0:
        make_descriptor_call(runtime, cell, request_of(DescriptorCall::SyncData, file));
        break;
      case 1: {
        PooledBuffer digit = PooledBuffer::take(1);
        *digit.data() = std::byte('0' + i % 10);
        CellOperation::submit(std::make_shared<WriteTransfer>(runtime, cell, Place{file, i % 10, 1},
                                                              std::move(digit)));
        break;
      }
      default:
        CellOperation::submit(std::make_shared<ReadTransfer>(runtime, cell, Place{file, i % 10, 1},
                                                             PooledBuffer::take(1)));
    }
  }
  for (Handle i = 0; i < begun; ++i) {
    Cell const& cell = started.settled(2 + i);
    CHECK(cell.fault == nullptr);
    Blob const* const blob = cell.value.blob;
    CHECK(blob == nullptr || (blob->size == 1 && int(blob->data[0]) >= '0'));
  }
  CHECK(started.settled(1).fault == nullptr && file->fd() == -1);
  CHECK(fcntl(fd, F_GETFD) == -1 && errno == EBADF);
  CHECK(!file->enter());
  runtime.close();
}

}  // namespace

int main(int argc, char** argv) {
  return test::run_seeds(argc, argv, 30, stress);
}
