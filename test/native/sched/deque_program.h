#pragma once
// What the models of the split deque share: an owner and thieves, as fork, join and a search use
// it.
//
// A record's content is memory whose races the checker finds: the arguments that the owner writes,
// and the result that a thief leaves in their place. The slots are few, so that the same slot and
// the same {tail, split} come back while a thief stands between its look and its claim.

#include <array>

#include "base/cpu.h"
#include "model/suite.h"
#include "sched/split_deque.h"

namespace heddle::test {

struct alignas(64) Record {
  Plain<int> number = 0;
  Plain<bool> is_prepared = false;  // Written by who shares it, read by who claims it.
  Atomic<bool> is_done{false};

  void prepare() {
    is_prepared = true;
    is_done.store(false, relaxed);
  }
};

using Deque = SplitDeque<Record>;

inline constexpr int kNumbers = 4;
inline constexpr int kResult = 100;

struct DequeProgram {
  explicit DequeProgram(std::uint32_t capacity, Helping helping = Helping::ByThieves)
      : deque(capacity, helping) {}

  void ran(int number) {
    model::require(number >= 0 && number < kNumbers, "a record was run that was not pushed");
    ++runs[static_cast<std::size_t>(number)];
  }

  // --- The owner, as fork and join use the deque.

  void push(int number) {
    std::size_t const mark = head;
    Record& record = deque.slot(mark);
    record.number.write(number);
    head = mark + Deque::kStep;
    was_fast = deque.push(head);
    if (was_fast) return;
    Deque::Slow const slow = deque.push_slow(mark);
    head = deque.head();
    if (slow == Deque::Slow::Shared || slow == Deque::Slow::Pushed) {
      if (model::mutant("the demand is withdrawn after sharing")) deque.withdraw();
      return;
    }
    ran(deque.slot(head).number.read());
    ++overflows;
    deque.keep_blocked(true);
  }

  void join() {
    head -= Deque::kStep;
    bool const is_private = deque.pop(head);
    if (overflows > 0) {
      model::require(!is_private, "a pop went past an overflow");
      deque.unpop(head);
      head = deque.head();
      if (--overflows == 0) deque.keep_blocked(false);
      return;
    }
    Record& record = deque.slot(head);
    if (is_private || deque.take_back(head) == TakeBack::Mine) {
      ran(record.number.read());
      return;
    }
    // Acquire pairs with steal(): the result.
    while (!model::mutant("a join does not wait for its thief") && !record.is_done.load(acquire)) {
      cpu_relax();
    }
    model::require(record.number.read() >= kResult, "a result was lost");
    deque.settle(head);
  }

  // --- A thief.

  bool steal() {
    Record* record = nullptr;
    switch (deque.steal(record)) {
      case Steal::Taken:
        break;
      case Steal::Empty:
        deque.ask();
        return false;
      case Steal::Lost:
        return false;
    }
    model::require(record->is_prepared.read(), "a record was claimed that nobody had shared");
    int const number = record->number.read();
    ran(number);
    record->number.write(kResult + number);
    // Release pairs with join(): the result.
    record->is_done.store(true, release);
    ++stolen;
    return true;
  }
  void steal_times(int attempts) {
    while (attempts-- > 0) (void)steal();
  }

  // One who does not wait for the owner.
  void help_and_steal() {
    if (deque.share_for()) ++helped;
    (void)steal();
  }

  void check_each_ran_once(int numbers) const {
    for (int i = 0; i < numbers; ++i) {
      model::require(runs[static_cast<std::size_t>(i)] == 1, "a record was lost or ran twice");
    }
    model::require(overflows == 0, "an overflow was not joined");
  }

  alignas(64) Deque deque;
  std::array<Record, 4> slots;  // Right behind it.
  std::size_t head = 0;         // The owner's.
  bool was_fast = false;        // The last push.
  int overflows = 0;
  std::array<int, kNumbers> runs{};
  int stolen = 0;
  int helped = 0;
};

}  // namespace heddle::test
