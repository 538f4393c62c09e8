#pragma once
// Names and what they stand for, for fibers.
//
// Every function here is called on a fiber, which is suspended for as long as the file system
// takes, and returns the kernel's own error. After the Io has stopped it is ECANCELED.

#include <sys/stat.h>
#include <sys/types.h>

#include "base/result.h"
#include "io/bytes.h"
#include "io/folder.h"
#include "io/io.h"

namespace heddle {

// As statx(2) with kFacts, of what is named; with AT_SYMLINK_NOFOLLOW of a link itself.
Result<void> facts(Io& io, char const* path, int at_flags, struct statx& into);

// As unlinkat(2): with AT_REMOVEDIR of an empty folder.
Result<void> unlink(Io& io, char const* path, int at_flags);

Result<void> rename(Io& io, char const* from, char const* to);
Result<void> make_folder(Io& io, char const* path, mode_t mode);
Result<void> link(Io& io, char const* existing, char const* made);

// `contents` is what the link says.
Result<void> symbolic_link(Io& io, char const* contents, char const* made);

// With copy.h's modes: contents and permissions. A file that it has made is gone when it fails.
Result<void> copy_file(Io& io, char const* from, char const* to, int modes);

// The entries of a folder, as list_folder() has them.
Result<Bytes> read_folder(Io& io, char const* path, Entries wanted);

// As access(2).
Result<void> access(Io& io, char const* path, int wanted);

}  // namespace heddle
