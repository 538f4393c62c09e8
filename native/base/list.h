#pragma once
// Lists linked through members of their items: no allocation, one owner at a time.
//
// An item is on at most one list, and a list never owns its items. `next` means
// nothing while an item is on none. Every operation: owner only.

#include <utility>

#include "base/check.h"

namespace heddle {

// Last in, first out.
template <class T>
class Stack {
 public:
  Stack() = default;

  // Takes over a whole chain that ends in null, top first.
  explicit Stack(T* top) : top_(top) {}

  Stack(Stack&& other) noexcept : top_(std::exchange(other.top_, nullptr)) {}
  Stack& operator=(Stack&& other) noexcept {
    DCHECK(empty());
    top_ = std::exchange(other.top_, nullptr);
    return *this;
  }

  bool empty() const { return top_ == nullptr; }
  T* top() const { return top_; }

  void push(T& item) {
    item.next = top_;
    top_ = &item;
  }

  // Null when empty.
  T* pop() {
    T* item = top_;
    if (item != nullptr) top_ = item->next;
    return item;
  }

 private:
  T* top_ = nullptr;
};

// First in, first out; the front may also be pushed.
template <class T>
class Queue {
 public:
  Queue() = default;
  Queue(Queue&& other) noexcept
      : front_(std::exchange(other.front_, nullptr)), back_(std::exchange(other.back_, nullptr)) {}
  Queue& operator=(Queue&& other) noexcept {
    DCHECK(empty());
    front_ = std::exchange(other.front_, nullptr);
    back_ = std::exchange(other.back_, nullptr);
    return *this;
  }

  bool empty() const { return front_ == nullptr; }
  T* front() const { return front_; }

  void push_back(T& item) {
    item.next = nullptr;
    if (empty()) {
      front_ = &item;
    } else {
      back_->next = &item;
    }
    back_ = &item;
  }

  void push_front(T& item) {
    if (empty()) back_ = &item;
    item.next = front_;
    front_ = &item;
  }

  // Null when empty.
  T* pop_front() {
    T* item = front_;
    if (item == nullptr) return nullptr;
    front_ = item->next;
    if (front_ == nullptr) back_ = nullptr;
    return item;
  }

  // Moves all of `other` behind what is here.
  void append(Queue&& other) {
    if (other.empty()) return;
    if (empty()) {
      front_ = other.front_;
    } else {
      back_->next = other.front_;
    }
    back_ = other.back_;
    other.front_ = nullptr;
    other.back_ = nullptr;
  }

 private:
  T* front_ = nullptr;
  T* back_ = nullptr;
};

// In no order, through `T* before` and `T* after`: an item can leave from anywhere.
template <class T>
class Members {
 public:
  bool empty() const { return first_ == nullptr; }
  T* first() const { return first_; }

  void add(T& item) {
    item.before = nullptr;
    item.after = first_;
    if (first_ != nullptr) first_->before = &item;
    first_ = &item;
  }

  void remove(T& item) {
    DCHECK(item.before != nullptr || first_ == &item);
    (item.before == nullptr ? first_ : item.before->after) = item.after;
    if (item.after != nullptr) item.after->before = item.before;
  }

 private:
  T* first_ = nullptr;
};

// The same items, the bottom of the stack first: oldest first, for a stack that
// many pushed and one took as a whole.
template <class T>
Queue<T> reversed(Stack<T> stack) {
  Queue<T> queue;
  while (T* item = stack.pop()) queue.push_front(*item);
  return queue;
}

}  // namespace heddle
