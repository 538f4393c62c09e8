// Entries of folders, as the C library hands them out.

#include "io/folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace heddle {

namespace {

constexpr std::size_t kFirstBytes = 4096;

bool is_itself_or_parent(char const* name) {
  return name[0] == '.' && (name[1] == 0 || (name[1] == '.' && name[2] == 0));
}

unsigned char type_of(int folder, dirent const& entry) {
  if (entry.d_type != DT_UNKNOWN) return entry.d_type;
  struct statx facts;  // fstatat() is younger than the glibc we must load on.
  int const failed = statx(folder, entry.d_name, AT_SYMLINK_NOFOLLOW, STATX_TYPE, &facts);
  return failed != 0 ? DT_UNKNOWN : IFTODT(facts.stx_mode);
}

bool append(Bytes& into, unsigned char type, char const* name) {
  std::size_t const bytes = std::strlen(name) + 1;
  if (into.room() < bytes + 1) {
    std::size_t const wanted = into.size() + bytes + 1;
    if (!into.reserve(std::max({kFirstBytes, 2 * into.size(), wanted}))) return false;
  }
  *into.end() = std::byte{type};
  std::memcpy(into.end() + 1, name, bytes);
  into.extend(bytes + 1);
  return true;
}

std::int64_t append_all(DIR* folder, Entries wanted, Bytes& into, Interruptible const& self) {
  while (!self.interrupted()) {
    errno = 0;
    dirent const* const entry = readdir(folder);
    if (entry == nullptr && errno == EINTR) continue;
    if (entry == nullptr) return -errno;  // 0 at the end.
    if (is_itself_or_parent(entry->d_name)) continue;
    auto const type = wanted == Entries::Types ? type_of(dirfd(folder), *entry) : entry->d_type;
    if (!append(into, type, entry->d_name)) return -ENOMEM;
  }
  return -ECANCELED;
}

}  // namespace

std::int64_t list_folder(char const* path, Entries wanted, Bytes& into, Interruptible const& self) {
  DIR* const folder = opendir(path);
  if (folder == nullptr) return -errno;  // EINTR: whoever calls comes again.
  std::int64_t const result = append_all(folder, wanted, into, self);
  closedir(folder);
  return result;
}

}  // namespace heddle
