#pragma once
// What the kernel says of this process: its threads, its mappings, the time it has used.

#include <dirent.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "base/check.h"

namespace heddle::test {

// Sanitizers map, poison and start threads behind our back; figures of memory mean nothing then.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr bool kSanitized = true;
#else
inline constexpr bool kSanitized = false;
#endif

// True in an emulator (qemu-user), which has no system-call filters, and shows mappings and times
// of its own.
inline bool is_emulated() {
  static bool const emulated = [] {
    std::FILE* file = std::fopen("/proc/cpuinfo", "r");
    if (file == nullptr) return false;
    char text[4096] = {};
    (void)!std::fread(text, 1, sizeof text - 1, file);
    std::fclose(file);
#if defined(__aarch64__)
    return std::strstr(text, "CPU implementer") == nullptr;
#else
    return false;
#endif
  }();
  return emulated;
}

inline std::vector<int> thread_ids() {
  std::vector<int> ids;
  DIR* tasks = opendir("/proc/self/task");
  CHECK(tasks != nullptr);
  while (dirent const* entry = readdir(tasks)) {
    if (entry->d_name[0] != '.') ids.push_back(std::atoi(entry->d_name));
  }
  closedir(tasks);
  return ids;
}

inline std::string thread_name(int id) {
  std::FILE* file = std::fopen(("/proc/self/task/" + std::to_string(id) + "/comm").c_str(), "r");
  if (file == nullptr) return {};
  char name[32] = {};
  (void)!std::fscanf(file, "%31s", name);
  std::fclose(file);
  return name;
}

// True once no thread with such a name is left, which takes a moment: one that was joined may still
// be on its way out of the kernel.
inline bool are_gone(char const* name_prefix) {
  for (int i = 0; i < 30'000; ++i) {
    bool found = false;
    for (int id : thread_ids()) found |= thread_name(id).rfind(name_prefix, 0) == 0;
    if (!found) return true;
    usleep(1000);
  }
  return false;
}

// Lines of /proc/self/maps.
inline std::size_t mapping_count() {
  std::FILE* file = std::fopen("/proc/self/maps", "r");
  CHECK(file != nullptr);
  std::size_t lines = 0;
  for (int c; (c = std::getc(file)) != EOF;) lines += c == '\n';
  std::fclose(file);
  return lines;
}

inline std::size_t resident_bytes() {
  std::FILE* file = std::fopen("/proc/self/statm", "r");
  CHECK(file != nullptr);
  unsigned long total = 0, resident = 0;
  CHECK(std::fscanf(file, "%lu %lu", &total, &resident) == 2);
  std::fclose(file);
  return resident * std::size_t(sysconf(_SC_PAGESIZE));
}

// Nanoseconds on a processor, and how often it got one, of every thread.
struct CpuUse {
  std::uint64_t nanoseconds;
  std::uint64_t slices;
  bool operator==(CpuUse const&) const = default;
};

inline std::map<int, CpuUse> cpu_use() {
  std::map<int, CpuUse> all;
  for (int id : thread_ids()) {
    std::string const path = "/proc/self/task/" + std::to_string(id) + "/schedstat";
    std::FILE* file = std::fopen(path.c_str(), "r");
    if (file == nullptr) continue;  // It has ended.
    unsigned long long ran = 0, waited = 0, slices = 0;
    CHECK(std::fscanf(file, "%llu %llu %llu", &ran, &waited, &slices) == 3);
    std::fclose(file);
    all[id] = {ran, slices};
  }
  return all;
}

}  // namespace heddle::test
