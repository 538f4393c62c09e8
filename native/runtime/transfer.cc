// From and to a buffer that the operation owns, so that nobody can take it away.

#include "runtime/transfer.h"

#include <utility>

namespace heddle {

ReadTransfer::ReadTransfer(Runtime& runtime, Cell& cell, Place place, PooledBuffer buffer)
    : CellOperation(runtime, cell, Call::Read),
      place_(std::move(place)),
      buffer_(std::move(buffer)) {
  set_read(place_.file->fd(), buffer_.data(), place_.length, place_.position);
  wants_thread = place_.shares_position();
}

std::int64_t ReadTransfer::finish(std::int64_t got, Value& value) {
  place_.file->leave();
  if (got < 0) return got;
  std::size_t const capacity = buffer_.capacity();
  value.blob = new Blob{.data = buffer_.release(),
                        .size = static_cast<std::size_t>(got),
                        .free =
                            [](Blob& blob) { PooledBuffer::give_back(blob.data, blob.capacity); },
                        .capacity = capacity};
  return 0;
}

WriteTransfer::WriteTransfer(Runtime& runtime, Cell& cell, Place place, PooledBuffer buffer)
    : CellOperation(runtime, cell, Call::Write),
      place_(std::move(place)),
      buffer_(std::move(buffer)) {
  set_write(place_.file->fd(), buffer_.data(), place_.length, place_.position);
  wants_thread = place_.shares_position();
}

// What is left is written next. The fields are changed, not set: whoever gives it up has said so.
std::int64_t WriteTransfer::finish(std::int64_t written, Value&) {
  if (written >= 0 && static_cast<std::size_t>(written) < length) {
    buffer = static_cast<std::byte*>(buffer) + written;
    length -= static_cast<std::size_t>(written);
    if (offset >= 0) offset += written;
    return kGoOn;
  }
  place_.file->leave();
  return written < 0 ? written : 0;
}

}  // namespace heddle
