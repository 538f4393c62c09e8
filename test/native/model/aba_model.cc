// Model: the checker finds the ABA of a deque that copies items out of its slots.
//
// A thief reads a slot and stalls. The owner takes that item back, puts another in its place
// and shares it: the same {tail, split} as before, so the thief's exchange succeeds, with the
// wrong item. Stress tests, TSan and ASan had all passed this deque. The cure is that the owner
// takes the last shared item as a thief would, by moving the tail, so that a word never repeats.

#include <array>
#include <optional>

#include "base/atomic.h"
#include "model/expect.h"

using namespace heddle;

namespace {

enum class LastItem { BySplit, ByTail };

// Shares each item at once; two slots, so that indices wrap.
class CopyingDeque {
 public:
  explicit CopyingDeque(LastItem last) : last_(last) {}

  // Owner only.
  void push(int item) {
    slots_[split_ % 2].store(item, relaxed);
    ++split_;
    // Release publishes the slot to steal().
    bounds_.fetch_add(kSplit, release);
  }

  // Owner only.
  std::optional<int> pop() {
    std::uint32_t word = bounds_.load(relaxed);
    while (word / kSplit != word % kSplit) {
      std::uint32_t const newest = split_ - 1;
      std::uint32_t const next = last_ == LastItem::BySplit ? word - kSplit : word + 1;
      if (!bounds_.compare_exchange_strong(word, next, relaxed, relaxed)) continue;
      if (last_ == LastItem::BySplit) split_ = newest;
      return slots_[newest % 2].load(relaxed);
    }
    return std::nullopt;
  }

  // Any thread but the owner.
  std::optional<int> steal() {
    // Acquire pairs with push().
    std::uint32_t word = bounds_.load(acquire);
    std::uint32_t const tail = word % kSplit;
    if (word / kSplit == tail) return std::nullopt;
    int const item = slots_[tail % 2].load(relaxed);
    // Release: the load before comes before the owner's next store to the slot.
    if (!bounds_.compare_exchange_strong(word, word + 1, release, relaxed)) return std::nullopt;
    return item;
  }

 private:
  static constexpr std::uint32_t kSplit = 1 << 16;  // Split above, tail below.

  LastItem const last_;
  std::uint32_t split_ = 0;  // The owner's copy.
  Atomic<std::uint32_t> bounds_{0};
  std::array<Atomic<int>, 2> slots_;
};

struct Shared {
  explicit Shared(LastItem last) : deque(last) {}

  void take(std::optional<int> item) {
    if (item) ++taken[static_cast<std::size_t>(*item)];
  }

  CopyingDeque deque;
  std::array<int, 3> taken{};
};

// At most one item is in the deque at a time.
model::Build a_slot_is_refilled_under_a_thief(LastItem last) {
  return [=](model::Program& program) {
    auto* s = program.make<Shared>(last);
    program.thread("owner", [=] {
      for (int item = 0; item < 3; ++item) {
        s->deque.push(item);
        if (item < 2) s->take(s->deque.pop());
      }
    });
    program.thread("thief", [=] { s->take(s->deque.steal()); });
    program.finally([=] {
      s->take(s->deque.pop());
      for (int count : s->taken) model::require(count == 1, "an item was lost or taken twice");
    });
  };
}

}  // namespace

int main() {
  model::expect_pass("the last item leaves by the tail",
                     a_slot_is_refilled_under_a_thief(LastItem::ByTail));
  model::expect_failure("the last item leaves by the split", "lost or taken twice",
                        a_slot_is_refilled_under_a_thief(LastItem::BySplit));
}
