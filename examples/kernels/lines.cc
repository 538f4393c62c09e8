// A kernel in C++ that waits for files: how many lines those of a folder have, all of them at once.
//
//   c++ -O2 -std=c++17 -fPIC -shared -I node_modules/heddle/native/include lines.cc -o lines.so

#include <fcntl.h>
#include <heddle/kernel.h>

#include <algorithm>
#include <cerrno>
#include <deque>
#include <string>

namespace {

struct File {
  std::string path;
  std::size_t lines = 0;
  int error = 0;
};

// While this waits for the disk, its worker counts in other files.
void count_lines(heddle_task* t, void* argument) {
  auto& file = *static_cast<File*>(argument);
  int const fd = heddle_open(t, file.path.c_str(), O_RDONLY, 0);
  if (fd < 0) {
    file.error = -fd;
    return;
  }
  char part[4096];
  std::int64_t offset = 0;
  std::int64_t count = 0;
  while ((count = heddle_read(t, fd, part, sizeof(part), offset)) > 0) {
    file.lines += std::count(part, part + count, '\n');
    offset += count;
  }
  if (count < 0) file.error = int(-count);
  heddle_close(t, fd);
}

// lines(path): of all regular files in that folder. The path is UTF-8 in an array.
int lines(heddle_task* t, heddle_call* call) {
  if (call->array_count != 1) return EINVAL;
  std::string const folder(static_cast<char const*>(call->arrays[0].data), call->arrays[0].bytes);
  struct Found {
    std::string const& folder;
    std::deque<File> files;
  } found{folder, {}};
  auto const visit = [](void* argument, char const* name, unsigned char type) {
    constexpr unsigned char kRegular = 8;  // DT_REG
    auto& all = *static_cast<Found*>(argument);
    if (type == kRegular) all.files.push_back({all.folder + "/" + name});
  };
  int const error = heddle_read_folder(t, folder.c_str(), visit, &found);
  if (error < 0) return -error;
  for (File& file : found.files) heddle_fork(t, count_lines, &file);
  while (heddle_join(t) == 0) continue;
  for (File const& file : found.files) {
    if (file.error != 0) return file.error;
    call->result += double(file.lines);
  }
  return 0;
}

}  // namespace

HEDDLE_KERNELS(HEDDLE_KERNEL(lines))
