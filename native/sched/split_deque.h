#pragma once
// A bounded work-stealing deque that costs its owner no atomics until a thief asks.
//
// Records live in the deque's own slots. The slots are split in two: the owner works alone
// on the private part, as on a plain stack; only the shared part can be stolen from, oldest
// first. When thieves find nothing shared they lower `fork_limit`; the owner meets it at its
// next push and shares half of what is private.
//
//          tail            split            head         capacity
//            |               |                |             |
//            v               v                v             v
//     .......[ shared: steal ][ private: own  ].............|s|     s: the spare slot
//
// After van Dijk and van de Pol, "Lace: Non-blocking Split Deque for Work-Stealing" (2014),
// with one compare a push and a pop (Wool's limits), and every change of {tail, split} an RMW
// on one word.
//
// Operation      By      Atomics on the fast path
//   push         owner   store head (release), load fork_limit (relaxed)
//   pop          owner   store head (release), load join_limit (relaxed)
//   share        owner   one RMW                      (push met the limit)
//   take_back    owner   CAS                          (pop found nothing private)
//   settle       owner   one RMW                      (a stolen record was joined)
//   steal        thief   one load, one CAS
//   ask          thief   one load, at most one store
//
// Rules, cited below by name:
//   S1  tail <= split <= head <= capacity, but between pop() and settle() of a stolen record.
//   S2  Only the owner writes the slots in [split, head] and only thieves that have claimed
//       one touch it below tail. Between tail and split nobody does. A record is touched
//       only after its claim has won, so a slot that was refilled in the meantime is the
//       record that the claim is for, and the word may well repeat.
//   S3  Every change of {tail, split} is an RMW: the word has one order, and each change
//       continues the release sequence of share().
//   S4  Thieves change the word only while tail < split. So with nothing shared it is the
//       owner's alone.
//   S5  The fork limit is raised before anything is shared, and lowered only by who has seen
//       that nothing is shared: a demand is never lost, at worst answered twice.

#include <cstdint>

#include "base/atomic.h"
#include "base/check.h"

namespace heddle {

enum class Steal : std::uint8_t {
  Taken,  // The record is the thief's to run.
  Empty,  // Nothing was shared.
  Lost,   // Another thread moved first. Worth another try.
};

enum class TakeBack : std::uint8_t {
  Mine,    // The record popped is the owner's to run.
  Stolen,  // A thief has it: wait for it, then settle().
};

template <class Record>
class SplitDeque {
 public:
  // `slots` has capacity + 1 records: the last is spare, for a push that finds the deque full.
  SplitDeque(Record* slots, std::uint32_t capacity)
      : slots_(slots), capacity_(capacity), fork_limit_(capacity) {
    CHECK(capacity > 0 && capacity < kBlocked);
  }

  // The record that the next push() makes a task. Owner only.
  Record& slot_to_fill() { return slots_[head_.load(relaxed)]; }

  // Pushes that record. False: come to push_slow(). Owner only.
  [[nodiscard]] bool push() {
    std::uint32_t h = head_.load(relaxed);
    // Release: a thief that shares on the owner's behalf reads head and then the records.
    head_.store(h + 1, release);
    return h < fork_limit_.load(relaxed);
  }

  enum class Slow : std::uint8_t {
    Shared,  // Pushed, and something is shared now: wake a thief.
    Full,    // Not pushed: the record is in the spare slot, run it now.
  };

  // The rest of a push() that said false. Owner only.
  [[nodiscard]] Slow push_slow() {
    std::uint32_t h = head_.load(relaxed) - 1;
    if (h == capacity_) {
      // Release as in push().
      head_.store(h, release);
      return Slow::Full;
    }
    share((h + 1 - split_ + 1) / 2);  // The older half, rounded up.
    return Slow::Shared;
  }

  // Shares half of what is private if a thief has asked, for a push that found the deque full.
  // True if it did: wake a thief. Owner only.
  bool answer() {
    std::uint32_t count = head_.load(relaxed) - split_;
    if (fork_limit_.load(relaxed) != 0 || count == 0) return false;
    share((count + 1) / 2);
    return true;
  }

  // Shares every private record, because the owner will be away. True if there was one. Owner only.
  bool share_all() {
    std::uint32_t count = head_.load(relaxed) - split_;
    if (count != 0) share(count);
    return count != 0;
  }

  // Takes the newest record off. False: come to take_back(). Owner only, when not empty.
  [[nodiscard]] bool pop() {
    std::uint32_t h = head_.load(relaxed) - 1;
    DCHECK(h < capacity_);
    // Release as in push().
    head_.store(h, release);
    return join_limit_.load(relaxed) <= h;
  }

  // The rest of a pop() that said false. When the record is stolen it counts as pushed until
  // settle(), so that nothing is written over it. Owner only.
  [[nodiscard]] TakeBack take_back() {
    std::uint32_t h = head_.load(relaxed);
    std::uint64_t word = bounds_.load(relaxed);
    while (true) {
      Bounds now = unpack(word);
      DCHECK(now.split == split_ && now.tail <= h + 1);  // S1, S3
      if (now.tail > h) {
        // Release as in push().
        head_.store(h + 1, release);
        return TakeBack::Stolen;
      }
      // Half of what is shared below h stays shared: thieves want the oldest.
      std::uint32_t split = now.tail + (h - now.tail) / 2;
      // Relaxed: the owner wrote these records itself, and S3 gives every change its place.
      if (!bounds_.compare_exchange_weak(word, pack({now.tail, split}), relaxed, relaxed)) continue;
      set_split(split);
      return TakeBack::Mine;
    }
  }

  // Takes a stolen record off, once its thief is done with it. Owner only.
  void settle() {
    std::uint32_t h = head_.load(relaxed) - 1;
    // Release as in push().
    head_.store(h, release);
    // S4: nothing is shared, so this is no race. Everything below h was stolen before h.
    [[maybe_unused]] std::uint64_t before = bounds_.exchange(pack({h, h}), relaxed);
    DCHECK(unpack(before).tail == unpack(before).split);
    set_split(h);
  }

  // Claims the oldest shared record. Any thread but the owner.
  [[nodiscard]] Steal steal(Record*& out) {
    std::uint64_t word = bounds_.load(relaxed);
    Bounds seen = unpack(word);
    if (seen.tail >= seen.split) return Steal::Empty;
    // Acquire pairs with share(): the record. S2: nothing of it is read before this succeeds.
    if (!bounds_.compare_exchange_strong(word, pack({seen.tail + 1, seen.split}), acquire,
                                         relaxed)) {
      return Steal::Lost;
    }
    out = &slots_[seen.tail];
    return Steal::Taken;
  }

  // True if something is shared. Any thread. Relaxed: who must not miss a share() has an
  // RMW between (sleepers.h), and who steals reads the word again.
  bool has_shared() const {
    Bounds seen = unpack(bounds_.load(relaxed));
    return seen.tail < seen.split;
  }

  // Asks the owner to share at its next push. Any thread that has seen nothing shared (S5).
  void ask() {
    if (fork_limit_.load(relaxed) != 0) fork_limit_.store(0, relaxed);
  }

  // Withdraws all demands. Owner only; who may have asked must be asked again after it.
  void withdraw() { fork_limit_.store(capacity_, relaxed); }

  // Undoes a pop() that said false. Owner only.
  void unpop() {
    // Release as in push().
    head_.store(head_.load(relaxed) + 1, release);
  }

  // Makes every pop() come to the slow path, or only those that must. Owner only.
  void block_pops() { join_limit_.store(kBlocked, relaxed); }
  void unblock_pops() { join_limit_.store(split_, relaxed); }

  // Owner only.
  bool is_empty() const { return head_.load(relaxed) == 0; }
  Record& newest() { return slots_[head_.load(relaxed) - 1]; }
  Record& popped() { return slots_[head_.load(relaxed)]; }

 private:
  // More than any slot number; JavaScript reads limits as Int32.
  static constexpr std::uint32_t kBlocked = 0x7fffffff;

  struct Bounds {
    std::uint32_t tail;
    std::uint32_t split;
  };

  static constexpr std::uint64_t pack(Bounds b) { return std::uint64_t{b.split} << 32 | b.tail; }
  static constexpr Bounds unpack(std::uint64_t w) {
    return {std::uint32_t(w), std::uint32_t(w >> 32)};
  }

  void share(std::uint32_t count) {
    DCHECK(count > 0 && split_ + count <= head_.load(relaxed));  // S1
    withdraw();                                                  // S5: before, not after.
    // Release publishes the records below the new split, and the limit, to steal().
    bounds_.fetch_add(std::uint64_t{count} << 32, release);
    set_split(split_ + count);
  }

  void set_split(std::uint32_t split) {
    split_ = split;
    join_limit_.store(split, relaxed);
  }

  // Owner's line.
  alignas(64) Atomic<std::uint32_t> head_{0};
  std::uint32_t split_ = 0;  // Copy of bounds_.split; exact, since only the owner moves it.
  Record* slots_;
  std::uint32_t capacity_;

  // Written by slow paths and thieves, read by the owner on every push and pop.
  alignas(64) Atomic<std::uint32_t> fork_limit_;
  Atomic<std::uint32_t> join_limit_{0};

  // Thieves' line.
  alignas(64) Atomic<std::uint64_t> bounds_{0};
};

}  // namespace heddle
