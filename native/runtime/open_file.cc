// Calls about descriptors, and their end.

#include "runtime/open_file.h"

#include "base/check.h"
#include "io/attempt.h"
#include "io/blocking.h"
#include "io/file.h"
#include "runtime/file_call.h"
#include "runtime/file_job.h"

namespace heddle {

OpenFile::~OpenFile() {
  if (fd_ >= 0) close_now(fd_);
}

bool OpenFile::enter() {
  // Acquire pairs with shut(), for who finds it closing.
  if ((users_.fetch_add(1, acquire) & kClosing) == 0) return true;
  leave();
  return false;
}

void OpenFile::leave() {
  // Release pairs with shut(): the last use of the descriptor. Acquire: everybody else's.
  if (users_.fetch_sub(1, acq_rel) == (kClosing | 1)) left_.set();
}

void OpenFile::shut() {
  // Acq_rel as above.
  if (users_.fetch_or(kClosing, acq_rel) != 0) left_.wait();
}

namespace {

class DescriptorJob : public FileJobOf<DescriptorJob> {
 public:
  DescriptorJob(Runtime& runtime, Cell& cell, DescriptorRequest&& request)
      : FileJobOf(runtime, cell, request.canceller), request_(std::move(request)) {}

  ~DescriptorJob() {
    if (request_.code != DescriptorCall::Close) request_.file->leave();
  }

  Result<void> call(Blob*& result) {
    OpenFile& file = *request_.file;
    switch (request_.code) {
      case DescriptorCall::Read:
        return read(result);
      case DescriptorCall::Write:
        failing_ = Call::Write;
        return write_all(io_, file.fd(), request_.bytes.data(), request_.bytes.size(),
                         request_.position);
      case DescriptorCall::Sync:
        failing_ = Call::Fsync;
        return sync(io_, file.fd(), false);
      case DescriptorCall::SyncData:
        failing_ = Call::Fdatasync;
        return sync(io_, file.fd(), true);
      case DescriptorCall::Facts:
        return facts_of(result);
      case DescriptorCall::Truncate:
        failing_ = Call::Ftruncate;
        return truncate(io_, file.fd(), request_.position);
      case DescriptorCall::Close: {
        failing_ = Call::Close;
        file.shut();
        Result<void> const closed = close(io_, file.fd());
        file.closed();
        return closed;
      }
    }
    return Errno{EINVAL};
  }

 private:
  Result<void> read(Blob*& result) {
    failing_ = Call::Read;
    auto* const bytes = static_cast<std::byte*>(std::malloc(request_.length + 1));
    if (bytes == nullptr) return Errno{ENOMEM};
    auto const got = heddle::read(io_, request_.file->fd(), bytes, request_.length,
                                  request_.position);
    if (!got.ok()) {
      std::free(bytes);
      return got.error();
    }
    result = new Blob{bytes, got.value()};
    return {};
  }

  Result<void> facts_of(Blob*& result) {
    failing_ = Call::Fstat;
    struct statx found = {};
    // Of an open file: what is known is at hand.
    if (statx(request_.file->fd(), "", AT_EMPTY_PATH, kFacts, &found) != 0) return last_error();
    return make_record(found, result);
  }

  DescriptorRequest const request_;
};

class OpenJob : public FileJobOf<OpenJob> {
 public:
  OpenJob(Runtime& runtime, Cell& cell, std::string path, int flags, mode_t mode,
          std::shared_ptr<Canceller> canceller)
      : FileJobOf(runtime, cell, std::move(canceller)),
        path_(std::move(path)),
        flags_(flags),
        mode_(mode) {}

  Result<void> call(Blob*& result) {
    failing_ = Call::Open;
    Result<int> const opened = open(io_, path_.c_str(), flags_, mode_);
    if (!opened.ok()) return opened.error();
    auto* const file = new std::shared_ptr<OpenFile>(new OpenFile(opened.value(), flags_));
    auto const drop = [](std::byte* held) {
      delete reinterpret_cast<std::shared_ptr<OpenFile>*>(held);
    };
    result = new Blob{reinterpret_cast<std::byte*>(file), 0, drop};
    return {};
  }

 private:
  std::string const path_;
  int const flags_;
  mode_t const mode_;
};

}  // namespace

void make_descriptor_call(Runtime& runtime, Cell& cell, DescriptorRequest request) {
  DescriptorJob::submit(std::make_unique<DescriptorJob>(runtime, cell, std::move(request)));
}

std::int64_t read_cached(Runtime& runtime, OpenFile const& file, void* buffer, std::size_t length,
                         std::int64_t position) {
  if (file.is_direct()) return -EAGAIN;
  std::int64_t const got = attempt_read(file.fd(), buffer, length, position, Direct::No);
  if (got < 0) return -EAGAIN;  // An error, too: the call will say it.
  runtime.io().count_inline_hit();
  return got;
}

void open_file(Runtime& runtime, Cell& cell, std::string path, int flags, mode_t mode,
               std::shared_ptr<Canceller> canceller) {
  OpenJob::submit(
      std::make_unique<OpenJob>(runtime, cell, std::move(path), flags, mode, std::move(canceller)));
}

std::shared_ptr<OpenFile> take_open_file(Cell& cell) {
  CHECK(cell.is_settled() && cell.type() == Type::Bytes && cell.value.blob != nullptr);
  return std::move(*reinterpret_cast<std::shared_ptr<OpenFile>*>(cell.value.blob->data));
}

}  // namespace heddle
