#pragma once
// Which addresses are bytes of files that we have mapped: a table for a signal handler to read.
//
//     ranges_   | 0 | begin, pages | 0 | begin, pages | 0 ...
//     missed_   |   | false        |   | true         |
//                                                  used_ ^
//
//   a range                        means               left by
//     0                              free                add
//     begin << 28 | pages            these are ours      remove
//
// Operation     By                   Atomics
//   add           any thread           stores, under a lock
//   remove        who has added it     a store, under the lock
//   find          signal handlers      a load for each range
//   miss          signal handlers      a store
//
// Rules, cited below by name:
//   M1  Who touches a mapped byte has a share of its mapping, which is neither removed nor unmapped
//       meanwhile. A handler runs inside of the touch: so the range that it finds stays.
//   M2  A range is added once it is mapped, before anybody has its address, and removed before it
//       is unmapped. So no address in the table is ever somebody else's.
//   M3  A range is one word. No handler sees the beginning of one and the end of another.
//
// All of it is relaxed. Its own range a thread sees by whatever has handed it the mapping. One that
// was removed it cannot see at an address that is somebody else's by now: the kernel gives it out
// again only after munmap(2), and orders what came before that. mapped_ranges_model.cc plays both.

#include <cstddef>
#include <cstdint>
#include <new>
#include <optional>

#include "base/atomic.h"
#include "base/check.h"
#include "base/lock.h"

namespace heddle {

template <std::uint32_t kRangesMax>
class MappedRanges {
 public:
  // Every page that the kernel may have is a multiple of it.
  static constexpr std::size_t kUnit = 4096;
  static constexpr unsigned kLengthBits = 28;
  static constexpr std::size_t kBytesMax = ((std::size_t{1} << kLengthBits) - 1) * kUnit;

  struct Found {
    std::uint32_t index;
    std::uintptr_t end;
  };

  // `begin` and `bytes` are multiples of kUnit. Empty: there are too many. Any thread.
  std::optional<std::uint32_t> add(std::uintptr_t begin, std::size_t bytes) {
    CHECK(bytes > 0 && bytes <= kBytesMax && bytes % kUnit == 0);
    // Without a hint to mmap(2), the kernel gives no address above 2^48.
    CHECK(begin % kUnit == 0 && begin >> 48 == 0);
    LockGuard const guard(lock_);
    while (free_from_ < kRangesMax && ranges_[free_from_].load(relaxed) != 0) ++free_from_;
    if (free_from_ == kRangesMax) return std::nullopt;
    std::uint32_t const index = free_from_++;
    missed_[index].store(false, relaxed);
    ranges_[index].store(begin / kUnit << kLengthBits | bytes / kUnit, relaxed);  // M3
    if (used_.load(relaxed) <= index) used_.store(index + 1, relaxed);
    return index;
  }

  // Before it is unmapped (M2).
  void remove(std::uint32_t index) {
    LockGuard const guard(lock_);
    DCHECK(ranges_[index].load(relaxed) != 0);
    ranges_[index].store(0, relaxed);
    if (index < free_from_) free_from_ = index;
  }

  // The range that has the address. Async-signal-safe; any thread.
  std::optional<Found> find(std::uintptr_t address) const {
    std::uint32_t const used = used_.load(relaxed);
    for (std::uint32_t index = 0; index < used; ++index) {
      std::uint64_t const range = ranges_[index].load(relaxed);
      std::uintptr_t const begin = (range >> kLengthBits) * kUnit;
      std::size_t const bytes = (range & ((1u << kLengthBits) - 1)) * kUnit;
      if (address - begin < bytes) return Found{index, begin + bytes};
    }
    return std::nullopt;
  }

  // Some of it was not there. Async-signal-safe; who has a share of it (M1).
  void miss(std::uint32_t index) { missed_[index].store(true, relaxed); }
  bool has_missed(std::uint32_t index) const { return missed_[index].load(relaxed); }

  // In a child of fork(), which has one thread: another may have held the lock.
  void unlock_in_child() { new (&lock_) Lock; }

 private:
  Atomic<std::uint32_t> used_{0};  // Beyond it, all are free. Never less.
  Lock lock_;                      // Orders add() and remove(), and guards free_from_.
  std::uint32_t free_from_ = 0;    // Below it, none is free.
  Atomic<std::uint64_t> ranges_[kRangesMax]{};
  Atomic<bool> missed_[kRangesMax]{};
};

}  // namespace heddle
