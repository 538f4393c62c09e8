// Jobs that make one call about files each.

#include "runtime/file_call.h"

#include <fcntl.h>
#include <sys/sysmacros.h>

#include <utility>

#include "io/await.h"
#include "io/file.h"
#include "runtime/file_job.h"

namespace heddle {

namespace {

std::int64_t nanoseconds(statx_timestamp const& time) {
  return time.tv_sec * 1'000'000'000 + time.tv_nsec;
}

Call call_of(FileCall call) {
  switch (call) {
    case FileCall::Open:
      return Call::Open;
    case FileCall::Read:
      return Call::Read;
    case FileCall::Write:
      return Call::Write;
    case FileCall::Sync:
      return Call::Fsync;
    case FileCall::Close:
      return Call::Close;
  }
  return Call::None;
}

class FileJob : public FileJobOf<FileJob> {
 public:
  FileJob(Runtime& runtime, Cell& cell, FileCallRequest&& request)
      : FileJobOf(runtime, cell), request_(std::move(request)) {}

  Result<void> call(Blob*& result) {
    char const* const path = request_.path.c_str();
    char const* const second = request_.second.c_str();
    Awaited operation;
    switch (request_.code) {
      case FileCallCode::Stat:
        return stat(Call::Stat, 0, result);
      case FileCallCode::Lstat:
        return stat(Call::Lstat, AT_SYMLINK_NOFOLLOW, result);
      case FileCallCode::WriteFile:
        return write();
      case FileCallCode::Unlink:
        operation.set_unlink(path, 0);
        return await(Call::Unlink, operation);
      case FileCallCode::RemoveFolder:
        operation.set_unlink(path, AT_REMOVEDIR);
        return await(Call::Rmdir, operation);
      case FileCallCode::Rename:
        operation.set_rename(path, second);
        return await(Call::Rename, operation);
      case FileCallCode::MakeFolder:
        operation.set_make_folder(path, request_.mode);
        return await(Call::Mkdir, operation);
      case FileCallCode::Link:
        operation.set_link(path, second);
        return await(Call::Link, operation);
      case FileCallCode::SymbolicLink:
        operation.set_symbolic_link(path, second);
        return await(Call::Symlink, operation);
    }
    return Errno{EINVAL};
  }

 private:
  Result<void> await(Call call, Awaited& operation) {
    failing_ = call;
    std::int64_t const result = operation.run(io_);
    if (result < 0) return Errno{int(-result)};
    return {};
  }

  Result<void> stat(Call call, int at_flags, Blob*& result) {
    failing_ = call;
    struct statx found = {};
    Result<void> const had = facts(io_, request_.path.c_str(), at_flags, found);
    if (!had.ok()) return had;
    FileRecord const record = record_of(found);
    result = make_blob(&record, sizeof record);
    if (result == nullptr) return Errno{ENOMEM};
    return {};
  }

  Result<void> write() {
    FileCall call = FileCall::Open;
    Result<void> const result = write_file(io_, request_.path.c_str(), request_.flags & ~kSyncs,
                                           request_.mode, request_.bytes,
                                           (request_.flags & kSyncs) != 0, &call);
    failing_ = call_of(call);
    return result;
  }

  FileCallRequest const request_;
};

}  // namespace

FileRecord record_of(struct statx const& facts) {
  return {
      .device = std::int64_t(makedev(facts.stx_dev_major, facts.stx_dev_minor)),
      .mode = facts.stx_mode,
      .links = facts.stx_nlink,
      .user = facts.stx_uid,
      .group = facts.stx_gid,
      .special = std::int64_t(makedev(facts.stx_rdev_major, facts.stx_rdev_minor)),
      .block_bytes = facts.stx_blksize,
      .inode = std::int64_t(facts.stx_ino),
      .bytes = std::int64_t(facts.stx_size),
      .blocks = std::int64_t(facts.stx_blocks),
      .accessed = nanoseconds(facts.stx_atime),
      .modified = nanoseconds(facts.stx_mtime),
      .changed = nanoseconds(facts.stx_ctime),
      .born = nanoseconds(facts.stx_btime),
  };
}

void make_file_call(Runtime& runtime, Cell& cell, FileCallRequest request) {
  FileJob::submit(std::make_unique<FileJob>(runtime, cell, std::move(request)));
}

}  // namespace heddle
