// Calls about descriptors, and their end.

#include "runtime/open_file.h"

#include <algorithm>

#include "base/check.h"
#include "io/attempt.h"
#include "io/blocking.h"
#include "io/file.h"
#include "runtime/cell_job.h"
#include "runtime/file_call.h"

namespace heddle {

OpenFile::OpenFile(int fd, int flags)
    : is_direct_((flags & O_DIRECT) != 0),
      is_regular_(heddle::facts_of(fd).kind == FileKind::Regular),
      fd_(fd) {
}

OpenFile::~OpenFile() {
  if (fd_ >= 0) close_now(fd_);
}

namespace {

// What is shorter than that and not cached makes the kernel read ahead little.
constexpr std::size_t kReadAheadBytesMin = 64 * 1024;

class DescriptorJob : public CellJobOf<DescriptorJob> {
 public:
  static constexpr char kName[] = "file call";

  DescriptorJob(Runtime& runtime, Cell& cell, DescriptorRequest&& request)
      : CellJobOf(runtime, cell, request.canceller), request_(std::move(request)) {}

  ~DescriptorJob() {
    if (request_.code != DescriptorCall::Close) request_.file->leave();
  }

  Result<void> call(Blob*& result) {
    OpenFile& file = *request_.file;
    switch (request_.code) {
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
  Result<void> facts_of(Blob*& result) {
    failing_ = Call::Fstat;
    struct statx found = {};
    // Of an open file: what is known is at hand.
    if (statx(request_.file->fd(), "", AT_EMPTY_PATH, kFacts, &found) != 0) return last_error();
    return make_record(found, result);
  }

  DescriptorRequest const request_;
};

class OpenJob : public CellJobOf<OpenJob> {
 public:
  static constexpr char kName[] = "open file";

  OpenJob(Runtime& runtime, Cell& cell, std::string path, int flags, mode_t mode,
          std::shared_ptr<Canceller> canceller)
      : CellJobOf(runtime, cell, std::move(canceller)),
        path_(std::move(path)),
        flags_(flags),
        mode_(mode) {}

  Result<void> call(Blob*& result) {
    failing_ = Call::Open;
    Result<int> const opened = open(io_, path_.c_str(), flags_, mode_);
    if (!opened.ok()) return opened.error();
    result = blob_of(std::make_shared<OpenFile>(opened.value(), flags_));
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

// Of a regular file all of it, and not only what is cached, as pread(2) would. Of others what there
// is.
CachedRead read_cached(Runtime& runtime, OpenFile const& file, std::byte* buffer,
                       std::size_t length, std::int64_t position) {
  CachedRead read;
  if (file.is_direct()) return read;
  bool const is_long = length > kReadAheadBytesMin && file.is_regular();
  if (is_long && !is_cached(file.fd(), length, position)) return read;
  while (!read.is_all) {
    std::size_t const part = std::min(length - read.bytes, kAttemptBytesMax);
    std::int64_t const got = attempt_read(file.fd(), buffer + read.bytes, part, position,
                                          Direct::No);
    if (got < 0) return read;  // An error, too: the call will say it.
    read.bytes += static_cast<std::size_t>(got);
    if (position >= 0) position += got;
    read.is_all = got == 0 || read.bytes == length || !file.is_regular();
  }
  runtime.io().count_inline_hit();
  return read;
}

void open_file(Runtime& runtime, Cell& cell, std::string path, int flags, mode_t mode,
               std::shared_ptr<Canceller> canceller) {
  OpenJob::submit(
      std::make_unique<OpenJob>(runtime, cell, std::move(path), flags, mode, std::move(canceller)));
}

std::shared_ptr<OpenFile> take_open_file(Cell& cell) {
  return take_share<OpenFile>(cell);
}

}  // namespace heddle
