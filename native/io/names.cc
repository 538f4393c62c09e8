// Each is one operation: only what is known of a name may be cached.

#include "io/names.h"

#include <fcntl.h>

#include "io/attempt.h"
#include "io/await.h"

namespace heddle {

Result<void> facts(Io& io, char const* path, int at_flags, struct statx& into) {
  std::int64_t const result = attempt_facts(path, at_flags, into);
  if (result == -EAGAIN) {
    Awaited operation;
    operation.set_facts(AT_FDCWD, path, at_flags, into);
    return operation.finish(io);
  }
  io.count_inline_hit();
  if (result < 0) return Errno{int(-result)};
  return {};
}

Result<void> unlink(Io& io, char const* path, int at_flags) {
  Awaited operation;
  operation.set_unlink(path, at_flags);
  return operation.finish(io);
}

Result<void> rename(Io& io, char const* from, char const* to) {
  Awaited operation;
  operation.set_rename(from, to);
  return operation.finish(io);
}

Result<void> make_folder(Io& io, char const* path, mode_t mode) {
  Awaited operation;
  operation.set_make_folder(path, mode);
  return operation.finish(io);
}

Result<void> link(Io& io, char const* existing, char const* made) {
  Awaited operation;
  operation.set_link(existing, made);
  return operation.finish(io);
}

Result<void> symbolic_link(Io& io, char const* contents, char const* made) {
  Awaited operation;
  operation.set_symbolic_link(contents, made);
  return operation.finish(io);
}

Result<void> copy_file(Io& io, char const* from, char const* to, int modes) {
  Awaited operation;
  operation.set_copy(from, to, modes);
  return operation.finish(io);
}

Result<Bytes> read_folder(Io& io, char const* path, Entries wanted) {
  Bytes entries;
  Awaited operation;
  operation.set_read_folder(path, wanted, entries);
  if (auto read = operation.finish(io); !read.ok()) return read.error();
  return entries;
}

Result<void> access(Io& io, char const* path, int wanted) {
  Awaited operation;
  operation.set_access(path, wanted);
  return operation.finish(io);
}

}  // namespace heddle
