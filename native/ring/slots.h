#pragma once
// Names for what a ring has in flight: a slot and its generation, in one 64-bit word.
//
// The kernel hands back whatever word it was given, however late and, after a fork,
// to whomever. A pointer that comes back late is memory corruption; a token that comes
// back late names a generation that has passed, and is recognised. One owner, all of it.
//
// The generation counts modulo 2^32: a completion that is late by exactly that many uses
// of its slot would be taken for a new one. We accept that.

#include <cstdint>
#include <memory>

#include "base/check.h"

namespace heddle {

struct Completion;

// What the kernel is told in `user_data`. Low half: the slot. High half: its generation.
enum class Token : std::uint64_t {};

class Slots {
 public:
  // No slot has such a number, so tokens from here up are free for other purposes.
  static constexpr std::uint32_t kCapacityMax = 1u << 20;

  explicit Slots(std::uint32_t capacity)
      : slots_(std::make_unique<Slot[]>(capacity)), capacity_(capacity) {
    CHECK(capacity > 0 && capacity <= kCapacityMax);
    for (std::uint32_t i = 0; i < capacity; ++i) slots_[i].next_free = i + 1;
  }

  std::uint32_t used() const { return used_; }
  bool full() const { return used_ == capacity_; }

  // Only when not full().
  Token take(Completion& completion) {
    CHECK(!full());
    std::uint32_t const number = first_free_;
    Slot& slot = slots_[number];
    DCHECK(slot.completion == nullptr);
    first_free_ = slot.next_free;
    slot.completion = &completion;
    ++used_;
    return token(number, slot.generation);
  }

  // Whose token it is. Null if the token is stale.
  Completion* find(Token token) const {
    auto const number = static_cast<std::uint32_t>(token);
    auto const generation = static_cast<std::uint32_t>(static_cast<std::uint64_t>(token) >> 32);
    if (number >= capacity_ || slots_[number].generation != generation) return nullptr;
    return slots_[number].completion;
  }

  // The same, and from now on nobody's.
  Completion* release(Token token) {
    Completion* const completion = find(token);
    if (completion == nullptr) return nullptr;
    auto const number = static_cast<std::uint32_t>(token);
    Slot& slot = slots_[number];
    slot.completion = nullptr;
    ++slot.generation;
    slot.next_free = first_free_;
    first_free_ = number;
    --used_;
    return completion;
  }

  // Calls visit(completion) for everything in flight; `visit` may release, not take.
  template <class Visit>
  void for_each(Visit visit) const {
    std::uint32_t left = used_;  // Too many if `visit` releases, hence both limits.
    for (std::uint32_t i = 0; i < capacity_ && left > 0; ++i) {
      if (slots_[i].completion == nullptr) continue;
      visit(*slots_[i].completion);
      --left;
    }
  }

 private:
  struct Slot {
    Completion* completion = nullptr;  // Null while free.
    std::uint32_t generation = 1;      // From 1, so that a word nobody set is not a token.
    std::uint32_t next_free = 0;
  };

  static Token token(std::uint32_t number, std::uint32_t generation) {
    return Token{std::uint64_t{generation} << 32 | number};
  }

  std::unique_ptr<Slot[]> slots_;
  std::uint32_t const capacity_;
  std::uint32_t first_free_ = 0;
  std::uint32_t used_ = 0;
};

}  // namespace heddle
