// Jobs that make one call about files each.

#include "runtime/file_call.h"

#include <fcntl.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <span>
#include <string_view>
#include <utility>

#include "io/file.h"
#include "io/names.h"
#include "runtime/cell_job.h"

namespace heddle {

namespace {

std::int64_t nanoseconds(statx_timestamp const& time) {
  return time.tv_sec * 1'000'000'000 + time.tv_nsec;
}

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

// By name, byte for byte, as Node has them. Null: no memory.
Blob* sorted(std::span<std::byte const> entries) {
  std::string_view rest(reinterpret_cast<char const*>(entries.data()), entries.size());
  std::vector<std::string_view> each;  // A byte and the name.
  while (!rest.empty()) {
    std::size_t const bytes = rest.find('\0', 1);
    each.push_back(rest.substr(0, bytes));
    rest.remove_prefix(bytes + 1);
  }
  std::sort(each.begin(), each.end(),
            [](std::string_view a, std::string_view b) { return a.substr(1) < b.substr(1); });
  std::string bytes;
  bytes.reserve(entries.size());
  for (std::string_view const entry : each) bytes.append(entry).push_back('\0');
  return make_blob(bytes.data(), bytes.size());
}

class FileJob : public CellJobOf<FileJob> {
 public:
  static constexpr char kName[] = "file call";

  FileJob(Runtime& runtime, Cell& cell, FileCallRequest&& request)
      : CellJobOf(runtime, cell, request.canceller), request_(std::move(request)) {}

  Result<void> call(Blob*& result) {
    char const* const path = request_.path.c_str();
    char const* const second = request_.second.c_str();
    switch (request_.code) {
      case FileCallCode::Stat:
        return stat(Call::Stat, 0, result);
      case FileCallCode::Lstat:
        return stat(Call::Lstat, AT_SYMLINK_NOFOLLOW, result);
      case FileCallCode::WriteFile:
        return write();
      case FileCallCode::Unlink:
        failing_ = Call::Unlink;
        return unlink(io_, path, 0);
      case FileCallCode::RemoveFolder:
        failing_ = Call::Rmdir;
        return unlink(io_, path, AT_REMOVEDIR);
      case FileCallCode::Rename:
        failing_ = Call::Rename;
        return rename(io_, path, second);
      case FileCallCode::MakeFolder:
        failing_ = Call::Mkdir;
        return make_folder(io_, path, request_.mode);
      case FileCallCode::Link:
        failing_ = Call::Link;
        return link(io_, path, second);
      case FileCallCode::SymbolicLink:
        failing_ = Call::Symlink;
        return symbolic_link(io_, path, second);
      case FileCallCode::CopyFile:
        failing_ = Call::Copyfile;
        return copy_file(io_, path, second, request_.flags);
      case FileCallCode::ReadFolder:
        return read_entries(result);
      case FileCallCode::Access:
        failing_ = Call::Access;
        return access(io_, path, request_.flags);
    }
    return Errno{EINVAL};
  }

 private:
  Result<void> stat(Call call, int at_flags, Blob*& result) {
    failing_ = call;
    struct statx found = {};
    Result<void> const had = facts(io_, request_.path.c_str(), at_flags, found);
    if (!had.ok()) return had;
    return make_record(found, result);
  }

  Result<void> write() {
    FileCall call = FileCall::Open;
    Result<void> const result = write_file(io_, request_.path.c_str(), request_.flags & ~kSyncs,
                                           request_.mode, request_.bytes,
                                           (request_.flags & kSyncs) != 0, &call);
    failing_ = call_of(call);
    return result;
  }

  Result<void> read_entries(Blob*& result) {
    failing_ = Call::Scandir;
    auto const entries = read_folder(io_, request_.path.c_str(), Entries(request_.flags));
    if (!entries.ok()) return entries.error();
    result = sorted(entries.value().span());
    if (result == nullptr) return Errno{ENOMEM};
    return {};
  }

  FileCallRequest const request_;
};

}  // namespace

Result<void> make_record(struct statx const& facts, Blob*& result) {
  FileRecord const record = record_of(facts);
  result = make_blob(&record, sizeof record);
  if (result == nullptr) return Errno{ENOMEM};
  return {};
}

void make_file_call(Runtime& runtime, Cell& cell, FileCallRequest request) {
  FileJob::submit(std::make_unique<FileJob>(runtime, cell, std::move(request)));
}

}  // namespace heddle
