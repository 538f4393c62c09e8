#pragma once
// A bounded work-stealing deque that costs its owner no atomics until a thief asks.
//
// Records live in the deque's own slots, which follow it in memory. The slots are split in two: the
// owner works alone on the private part, as on a plain stack; only the shared part can be stolen
// from, oldest first. When thieves find nothing shared they lower `fork_limit`; the owner meets it
// at its next push and shares half of what is private. An owner that pushes nothing for a while,
// because it is in a long leaf, is helped: a thief shares for it.
//
//          tail            split            head         capacity
//            |               |                |             |
//            v               v                v             v
//     .......[ shared: steal ][ private: own  ].............|s|     s: the spare slot
//
// After van Dijk and van de Pol, "Lace: Non-blocking Split Deque for Work-Stealing" (2014),
// with one compare a push and a pop (Wool's limits), and every change of {tail, split} an RMW
// on one word. A mark is an offset in bytes from the first slot, so that one addressing mode finds
// the record, and an Int32 for JavaScript. The owner keeps `head` in a register and hands it in.
//
// Operation      By      Atomics on the fast path
//   push         owner   store head (release), load fork_limit (relaxed)
//   pop          owner   store head (release), load join_limit (relaxed)
//   push_slow    owner   lock, one RMW                (push met the limit)
//   take_back    owner   lock, CAS                    (pop met the limit)
//   settle       owner   lock, one RMW                (a stolen record was joined)
//   steal        thief   one load, one CAS
//   ask          thief   one load, at most one store
//   share_for    thief   lock, membarrier, one RMW    (the owner has not answered)
//
// Rules, cited below by name:
//   S1  tail <= split <= head <= capacity, but between pop() and settle() of a stolen record.
//   S2  Only the owner writes the slots in [split, head] and only thieves that have claimed
//       one touch it below tail. Between tail and split nobody does. A record is touched
//       only after its claim has won, so a slot that was refilled in the meantime is the
//       record that the claim is for, and the word may well repeat.
//   S3  Every change of {tail, split} is an RMW: the word has one order, and each change
//       continues the release sequence of share(). `split` is changed under the lock only.
//   S4  Thieves change the word only while tail < split. So with nothing shared it is the
//       lock holder's alone.
//   S5  The fork limit is raised before anything is shared, and lowered only by who has seen
//       that nothing is shared: a demand is never lost, at worst answered twice.
//   S6  Who shares for the owner blocks its pops, and then issues a membarrier, before it reads
//       head. So a pop that this head does not show sees the blocked limit, and waits for the lock.
//       User code never runs under the lock.
//   S7  The spare slot is never shared, though head is behind it for a moment.

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "base/atomic.h"
#include "base/check.h"
#include "base/lock.h"
#include "base/membarrier.h"

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

// How the owner's stores of head are ordered behind those of the record.
enum class Stores : std::uint8_t {
  Released,  // As push() has it.
  Plain,     // JavaScript's, which has no such store: on x86-64 every store is released.
};

// Who sees to it that what is private can be had while its owner is in a long leaf.
enum class Helping : std::uint8_t {
  ByThieves,  // They share it, with a membarrier.
  ByOwner,    // There is no membarrier: the owner keeps something shared at all times, if it can.
};

template <class Record>
class SplitDeque {
 public:
  static constexpr std::uint32_t kStep = sizeof(Record);

  // More than any mark; JavaScript reads limits as Int32.
  static constexpr std::uint32_t kBlocked = 0x7fffffff;

  // Where an owner that is written in another language finds its words, from the deque's address.
  struct Layout {
    std::size_t head, fork_limit, join_limit, slots;
  };
  static constexpr Layout layout() {
    return {offsetof(SplitDeque, head_), offsetof(SplitDeque, fork_limit_),
            offsetof(SplitDeque, join_limit_), sizeof(SplitDeque)};
  }

  static constexpr std::uint32_t kRecordsMax = (1u << 30) / 64;

  // Followed in memory by capacity + 1 records: the last is spare, for a push that finds it full.
  SplitDeque(std::uint32_t capacity, Helping helping, Stores stores = Stores::Released)
      : capacity_(capacity * kStep),
        empty_limit_(helping == Helping::ByThieves ? capacity_ : 0),
        stores_(stores),
        fork_limit_(empty_limit_) {
    CHECK(capacity > 0 && capacity <= kRecordsMax);
  }

  // The record at a mark. Who it is that may touch it: S2.
  Record& slot(std::size_t mark) {
    return *reinterpret_cast<Record*>(reinterpret_cast<std::byte*>(this) + sizeof *this + mark);
  }

  // Where the next record goes. Owner only.
  std::size_t head() const { return head_.load(relaxed); }

  // Makes the record at head a part of the deque; `next` is the mark behind it. False: come to
  // push_slow(). Owner only.
  [[nodiscard]] bool push(std::size_t next) {
    // Release pairs with share_for(): the record.
    head_.store(std::uint32_t(next), release);
    compiler_barrier();  // Pairs with the membarrier of a worker that is about to sleep (C2).
    return std::uint32_t(next) <= fork_limit_.load(relaxed);
  }

  // Takes the newest record off, which is at `mark`. False: come to take_back(). Owner only.
  [[nodiscard]] bool pop(std::size_t mark) {
    // Release as in push().
    head_.store(std::uint32_t(mark), release);
    compiler_barrier();  // Pairs with the membarrier in share_for() (S6).
    return join_limit_.load(relaxed) <= std::uint32_t(mark);
  }

  enum class Slow : std::uint8_t {
    Pushed,     // A thief had shared it for us before.
    Shared,     // Pushed, and something is shared now: wake a thief.
    Full,       // Not pushed: the record is in the spare slot, run it now.
    FullShared  // The same, and something else is shared now: wake a thief.
  };

  // The rest of a push() that said false. Owner only.
  [[nodiscard]] Slow push_slow(std::size_t mark) {
    LockGuard guarded(lock_);
    bool const is_full = mark >= capacity_;  // Beyond it if JavaScript had no stack to come here.
    if (is_full) {
      head_.store(capacity_, relaxed);  // The lock publishes it, as all that is under it.
      if (fork_limit_.load(relaxed) != 0) return Slow::Full;
    }
    bool const shared = share_half(head_.load(relaxed));
    if (is_full) return shared ? Slow::FullShared : Slow::Full;
    return shared ? Slow::Shared : Slow::Pushed;
  }

  // Shares every private record, because the owner will be away. True if there was one. Owner only.
  bool share_all() {
    LockGuard guarded(lock_);
    return share_up_to(head_.load(relaxed));
  }

  // The rest of a pop() that said false. When the record is stolen it counts as pushed until
  // settle(), so that nothing is written over it. Owner only.
  [[nodiscard]] TakeBack take_back(std::size_t mark) {
    auto const h = std::uint32_t(mark);
    LockGuard guarded(lock_);
    std::uint64_t word = bounds_.load(relaxed);
    while (true) {
      Bounds const now = unpack(word);
      if (now.split <= h) return TakeBack::Mine;  // Somebody shared for us, but not this one (S6).
      if (now.tail > h) {
        head_.store(h + kStep, relaxed);  // As in push_slow().
        return TakeBack::Stolen;
      }
      // Half of what is shared below h stays shared: thieves want the oldest.
      std::uint32_t const split = now.tail + (h - now.tail) / kStep / 2 * kStep;
      // Relaxed: the owner wrote these records itself, and S3 gives every change its place.
      if (!bounds_.compare_exchange_weak(word, pack({now.tail, split}), relaxed, relaxed)) continue;
      limit_pops(split);
      if (split == now.tail) note_nothing_shared();
      return TakeBack::Mine;
    }
  }

  // Takes a stolen record off, once its thief is done with it. Owner only.
  void settle(std::size_t mark) {
    auto const h = std::uint32_t(mark);
    LockGuard guarded(lock_);
    head_.store(h, relaxed);  // As in push_slow().
    // S4: nothing is shared, so this is no race. Everything below h was stolen before h.
    [[maybe_unused]] std::uint64_t before = bounds_.exchange(pack({h, h}), relaxed);
    DCHECK(unpack(before).tail == unpack(before).split);
    limit_pops(h);
    note_nothing_shared();
  }

  // Claims the oldest shared record. Any thread but the owner.
  [[nodiscard]] Steal steal(Record*& out) {
    std::uint64_t word = bounds_.load(relaxed);
    Bounds const seen = unpack(word);
    if (seen.tail >= seen.split) return Steal::Empty;
    // Acquire pairs with share(): the record. S2: nothing of it is read before this succeeds.
    if (!bounds_.compare_exchange_strong(word, pack({seen.tail + kStep, seen.split}), acquire,
                                         relaxed)) {
      return Steal::Lost;
    }
    out = &slot(seen.tail);
    return Steal::Taken;
  }

  // Shares half of what is private, if anything is, for an owner that is in a long leaf (S6). True
  // if it did: wake another thief. Any thread but the owner.
  bool share_for() {
    if (is_helped_by_owner() || !has_private()) return false;
    if (!lock_.try_lock()) return false;  // The owner is in a slow path, or is being helped.
    join_limit_.store(kBlocked, relaxed);
    membarrier();  // Pairs with the compiler barrier in pop().
    // Acquire pairs with push(): the records below head.
    std::uint32_t head = head_.load(acquire);
#if !defined(__x86_64__)
    // C3. What lies below this head may not be there yet, but it is when the owner has met another
    // barrier; and what was popped in between is not to be shared.
    if (stores_ == Stores::Plain) {
      membarrier();
      head = std::min(head, head_.load(acquire));  // As above.
    }
#endif
    // JavaScript that pops once too often has a head below zero for a moment.
    if (head > capacity_ + kStep) head = 0;
    // S7: not what a push that finds the deque full has put into the spare slot.
    bool const shared = share_half(std::min(head, capacity_));
    if (!shared) limit_pops(unpack(bounds_.load(relaxed)).split);
    lock_.unlock();
    return shared;
  }

  // True if something is shared. Any thread. Relaxed: who must not miss a share() has an
  // RMW between (sleepers.h), and who steals reads the word again.
  bool has_shared() const {
    Bounds const seen = unpack(bounds_.load(relaxed));
    return seen.tail < seen.split;
  }

  // True if something may be private. Any thread. Relaxed: who must not miss a push() has asked,
  // and issued a membarrier, before (C2).
  bool has_private() const {
    return head_.load(relaxed) > unpack(bounds_.load(relaxed)).split;
  }

  // Asks the owner to share at its next push. Any thread that has seen nothing shared (S5).
  void ask() {
    if (fork_limit_.load(relaxed) != 0) fork_limit_.store(0, relaxed);
  }

  // True: somebody has asked, or it is full, so that the next push will be slow. Owner only.
  bool is_wanted(std::size_t mark) const {
    return fork_limit_.load(relaxed) <= std::uint32_t(mark);
  }

  // Withdraws all demands, for an owner that has nothing private; who may have asked must be asked
  // again after it. Owner only.
  void withdraw() {
    fork_limit_.store(has_shared() ? capacity_ : empty_limit_, relaxed);
  }

  // Undoes a pop() of a full deque that said false. Owner only.
  void unpop(std::size_t mark) {
    // Relaxed: since the push that found it full, under the lock, nothing was written below.
    head_.store(std::uint32_t(mark) + kStep, relaxed);
  }

  // Makes every pop() come to the slow path from here on, or only those that must. Owner only.
  void keep_blocked(bool blocked) {
    LockGuard guarded(lock_);
    is_kept_blocked_ = blocked;
    limit_pops(unpack(bounds_.load(relaxed)).split);
  }

  // True if owners must keep something shared: ask when nothing is. Any thread.
  bool is_helped_by_owner() const {
    return empty_limit_ == 0;
  }

 private:
  struct Bounds {
    std::uint32_t tail;
    std::uint32_t split;
  };

  static constexpr std::uint64_t pack(Bounds b) {
    return std::uint64_t{b.split} << 32 | b.tail;
  }
  static constexpr Bounds unpack(std::uint64_t w) {
    return {std::uint32_t(w), std::uint32_t(w >> 32)};
  }

  // The older half, rounded up, of what is private. Under the lock.
  bool share_half(std::uint32_t head) {
    std::uint32_t const split = unpack(bounds_.load(relaxed)).split;
    if (head <= split) return false;
    return share_up_to(split + ((head - split) / kStep + 1) / 2 * kStep);
  }

  // Under the lock. False: there was nothing to share.
  bool share_up_to(std::uint32_t end) {
    std::uint32_t const split = unpack(bounds_.load(relaxed)).split;
    if (end <= split) return false;
    for (std::uint32_t at = split; at < end; at += kStep) slot(at).prepare();
    fork_limit_.store(capacity_, relaxed);  // S5: before, not after.
    // Release publishes the records below the new split, and the limit, to steal().
    bounds_.fetch_add(std::uint64_t{end - split} << 32, release);
    limit_pops(end);
    return true;
  }

  // Under the lock.
  void limit_pops(std::uint32_t split) {
    join_limit_.store(is_kept_blocked_ ? kBlocked : split, relaxed);
  }

  // Under the lock. Where thieves cannot help, the next push has to share.
  void note_nothing_shared() {
    if (empty_limit_ == 0) fork_limit_.store(0, relaxed);
  }

  // Owner's line. Thieves read head while they share for the owner.
  alignas(64) Atomic<std::uint32_t> head_{0};
  std::uint32_t const capacity_;
  std::uint32_t const empty_limit_;  // The fork limit of a deque with nothing shared.
  [[maybe_unused]] Stores const stores_;

  // Read by the owner on every push and pop; written by slow paths and thieves.
  alignas(64) Atomic<std::uint32_t> fork_limit_;
  Atomic<std::uint32_t> join_limit_{0};
  Lock lock_;
  Plain<bool> is_kept_blocked_ = false;

  // Thieves' line.
  alignas(64) Atomic<std::uint64_t> bounds_{0};
};

}  // namespace heddle
