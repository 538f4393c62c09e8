#pragma once
// Timers by their deadlines: a pairing heap (Fredman, Sedgewick, Sleator and Tarjan, "The pairing
// heap: a new form of self-adjusting heap", 1986).
//
// The operations are its nodes, so that it allocates nothing. An operation's `next` is the next
// child of the same parent. One owner, all of it.

#include <utility>

#include "base/list.h"
#include "io/operation.h"

namespace heddle {

class TimerHeap {
 public:
  bool empty() const { return root_ == nullptr; }

  // Of the earliest one, in now_ns()'s time; kNoDeadline when empty.
  std::uint64_t deadline() const { return empty() ? kNoDeadline : deadline_of(*root_); }

  void push(Operation& timer) {
    timer.child = nullptr;
    root_ = empty() ? &timer : &merge(*root_, timer);
  }

  // The earliest one. Not when empty. Amortised O(log n).
  Operation& pop() {
    Operation& earliest = *root_;
    // Pairs of children, then the pairs from the last to the first: that is what bounds it.
    Stack<Operation> pairs;
    for (Operation* first = std::exchange(earliest.child, nullptr); first != nullptr;) {
      Operation* const second = first->next;
      Operation* const others = second != nullptr ? second->next : nullptr;
      pairs.push(second != nullptr ? merge(*first, *second) : *first);
      first = others;
    }
    root_ = pairs.pop();
    while (Operation* const pair = pairs.pop()) root_ = &merge(*root_, *pair);
    return earliest;
  }

  // Moves those of which `is_wanted` is true to the end of `taken`. O(n).
  template <class Predicate>
  void take_if(Predicate is_wanted, Queue<Operation>& taken) {
    Stack<Operation> left;
    if (Operation* const root = std::exchange(root_, nullptr)) left.push(*root);
    while (Operation* const timer = left.pop()) {
      for (Operation* child = std::exchange(timer->child, nullptr); child != nullptr;) {
        left.push(*std::exchange(child, child->next));
      }
      if (is_wanted(*timer)) {
        taken.push_back(*timer);
      } else {
        push(*timer);
      }
    }
  }

 private:
  static std::uint64_t deadline_of(Operation const& timer) {
    return static_cast<std::uint64_t>(timer.offset);
  }

  static Operation& merge(Operation& one, Operation& other) {
    bool const first = deadline_of(one) <= deadline_of(other);
    Operation& parent = first ? one : other;
    Operation& child = first ? other : one;
    child.next = parent.child;
    parent.child = &child;
    return parent;
  }

  Operation* root_ = nullptr;
};

}  // namespace heddle
