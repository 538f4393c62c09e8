#pragma once
// What this process holds, counted: threads, descriptors, mappings, and objects of operator new.
//
// Include it in the one file of a program: it replaces operator new and delete.

#include <dirent.h>

#include <atomic>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <new>

#include "support/process.h"

namespace heddle::test {

inline std::atomic<long> live_objects{0};

struct Counts {
  long threads, descriptors, mappings, objects;

  static Counts now() {
    return {long(thread_ids().size()), descriptor_count(), long(mapping_count()),
            live_objects.load(std::memory_order_relaxed)};
  }

  void print(char const* when) const {
    std::printf("%s: %ld threads, %ld descriptors, %ld mappings, %ld objects\n", when, threads,
                descriptors, mappings, objects);
    std::fflush(stdout);
  }

 private:
  static long descriptor_count() {
    DIR* folder = opendir("/proc/self/fd");
    CHECK(folder != nullptr);
    long count = 0;
    while (dirent const* entry = readdir(folder)) count += entry->d_name[0] != '.';
    closedir(folder);
    return count;
  }
};

inline void* counted_new(std::size_t bytes, std::size_t alignment) {
  void* const memory = std::aligned_alloc(alignment, (bytes + alignment - 1) & ~(alignment - 1));
  if (memory == nullptr) std::abort();
  live_objects.fetch_add(1, std::memory_order_relaxed);
  return memory;
}

inline void counted_delete(void* memory) noexcept {
  if (memory == nullptr) return;
  live_objects.fetch_sub(1, std::memory_order_relaxed);
  std::free(memory);
}

}  // namespace heddle::test

void* operator new(std::size_t bytes) {
  return heddle::test::counted_new(bytes, alignof(std::max_align_t));
}
void* operator new(std::size_t bytes, std::align_val_t alignment) {
  return heddle::test::counted_new(bytes, std::size_t(alignment));
}
void operator delete(void* memory) noexcept {
  heddle::test::counted_delete(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  heddle::test::counted_delete(memory);
}
void operator delete(void* memory, std::align_val_t) noexcept {
  heddle::test::counted_delete(memory);
}
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
  heddle::test::counted_delete(memory);
}
