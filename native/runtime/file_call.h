#pragma once
// One call about files or their names, as JavaScript asks for it: on a fiber, into a cell.

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "io/canceller.h"
#include "runtime/runtime.h"

namespace heddle {

// The numbers are a contract with lib/layout.ts.
enum class FileCallCode : std::uint8_t {
  Stat = 0,   // A FileRecord
  Lstat = 1,  // The same, of a link itself
  Unlink = 2,
  RemoveFolder = 3,
  Rename = 4,
  MakeFolder = 5,
  Link = 6,
  SymbolicLink = 7,
  WriteFile = 8,
  CopyFile = 9,     // `flags` are copy.h's modes
  ReadFolder = 10,  // Entries as list_folder() has them, by name; `flags` is an Entries
  Access = 11,      // `flags` as access(2) has them
};
inline constexpr std::size_t kFileCallCount = 12;

struct FileCallRequest {
  FileCallCode code{};
  int flags = 0;  // WriteFile: open(2)'s, and kSyncs; else as said above
  mode_t mode = 0;
  std::string path;
  std::string second;  // The new name, or the link's
  std::vector<std::byte> bytes;
  std::shared_ptr<Canceller> canceller;  // Or null
};

// Among the flags of WriteFile: not done before the disk has it.
inline constexpr int kSyncs = 1 << 30;

// What Stat gives, in the order of lib/file-stats.ts; times in nanoseconds since 1970.
struct FileRecord {
  std::int64_t device, mode, links, user, group, special, block_bytes, inode, bytes, blocks;
  std::int64_t accessed, modified, changed, born;
};

Result<void> make_record(struct statx const& facts, Blob*& result);

// Makes the call. `cell`, which Stream::expect() has prepared as Bytes, then holds a FileRecord,
// entries or nothing, or the failure. Any thread.
void make_file_call(Runtime& runtime, Cell& cell, FileCallRequest request);

}  // namespace heddle
