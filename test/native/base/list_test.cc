// Unit: the intrusive lists keep their order, lose nothing and end where they should.

#include "base/list.h"

#include <array>
#include <cstddef>
#include <initializer_list>
#include <utility>

#include "base/check.h"

using namespace heddle;

namespace {

struct Item {
  int number = 0;
  Item* next = nullptr;
};

struct Member {
  Member* before = nullptr;
  Member* after = nullptr;
};

struct Items {
  std::array<Item, 6> all;

  Items() {
    for (std::size_t i = 0; i < all.size(); ++i) all[i].number = static_cast<int>(i);
  }
  Item& operator[](std::size_t i) { return all[i]; }
};

void check_pops(Queue<Item>& queue, std::initializer_list<int> numbers) {
  for (int number : numbers) {
    Item* item = queue.pop_front();
    CHECK(item != nullptr);
    CHECK(item->number == number);
  }
  CHECK(queue.empty());
  CHECK(queue.pop_front() == nullptr);
}

void a_stack_gives_back_the_newest_first() {
  Items items;
  Stack<Item> stack;
  CHECK(stack.empty() && stack.pop() == nullptr);
  stack.push(items[0]);
  stack.push(items[1]);
  CHECK(stack.top() == &items[1]);
  CHECK(stack.pop() == &items[1]);
  stack.push(items[2]);
  CHECK(stack.pop() == &items[2]);
  CHECK(stack.pop() == &items[0]);
  CHECK(stack.empty());
}

void a_queue_gives_back_the_oldest_first() {
  Items items;
  Queue<Item> queue;
  queue.push_back(items[1]);
  queue.push_back(items[2]);
  queue.push_front(items[0]);
  CHECK(queue.front() == &items[0]);
  check_pops(queue, {0, 1, 2});
}

void a_queue_can_be_filled_again_after_it_was_empty() {
  Items items;
  Queue<Item> queue;
  queue.push_front(items[0]);
  queue.push_back(items[1]);
  check_pops(queue, {0, 1});
  queue.push_back(items[2]);
  queue.push_back(items[3]);
  check_pops(queue, {2, 3});
}

// What a list is after it was moved from is just what is tested.
// NOLINTBEGIN(bugprone-use-after-move)

void appending_moves_all_items_behind() {
  Items items;
  Queue<Item> queue;
  Queue<Item> more;
  queue.append(std::move(more));  // Nothing to nothing.
  more.push_back(items[0]);
  more.push_back(items[1]);
  queue.append(std::move(more));  // To nothing.
  CHECK(more.empty());
  more.push_back(items[2]);
  queue.append(std::move(more));
  queue.append(std::move(more));  // Nothing.
  queue.push_back(items[3]);
  check_pops(queue, {0, 1, 2, 3});
}

void moving_leaves_nothing_behind() {
  Items items;
  Queue<Item> queue;
  queue.push_back(items[0]);
  Queue<Item> moved(std::move(queue));
  CHECK(queue.empty());
  queue = std::move(moved);
  CHECK(moved.empty());
  queue.push_back(items[1]);
  check_pops(queue, {0, 1});

  Stack<Item> stack;
  stack.push(items[0]);
  Stack<Item> other(std::move(stack));
  CHECK(stack.empty() && other.pop() == &items[0] && other.empty());
}

// NOLINTEND(bugprone-use-after-move)

void reversing_a_stack_gives_the_oldest_first() {
  Items items;
  Stack<Item> stack;
  for (std::size_t i = 0; i < 4; ++i) stack.push(items[i]);
  Queue<Item> queue = reversed(std::move(stack));
  queue.push_back(items[4]);
  check_pops(queue, {0, 1, 2, 3, 4});
  CHECK(reversed(Stack<Item>()).empty());
}

void a_chain_becomes_a_stack() {
  Items items;
  items[2].next = &items[1];
  items[1].next = &items[0];
  Queue<Item> queue = reversed(Stack<Item>(&items[2]));
  check_pops(queue, {0, 1, 2});
}

void a_member_leaves_from_anywhere() {
  std::array<Member, 4> all;
  Members<Member> members;
  CHECK(members.empty() && members.first() == nullptr);
  for (Member& member : all) members.add(member);
  auto const are = [&](std::initializer_list<Member*> those) {
    Member const* at = members.first();
    for (Member const* const that : those) {
      CHECK(at == that);
      at = at->after;
    }
    CHECK(at == nullptr);
  };
  are({&all[3], &all[2], &all[1], &all[0]});
  members.remove(all[1]);  // In the middle, the last, the first, the only one.
  are({&all[3], &all[2], &all[0]});
  members.remove(all[0]);
  are({&all[3], &all[2]});
  members.remove(all[3]);
  are({&all[2]});
  members.remove(all[2]);
  CHECK(members.empty());
  members.add(all[1]);
  are({&all[1]});
}

}  // namespace

int main() {
  a_stack_gives_back_the_newest_first();
  a_queue_gives_back_the_oldest_first();
  a_queue_can_be_filled_again_after_it_was_empty();
  appending_moves_all_items_behind();
  moving_leaves_nothing_behind();
  reversing_a_stack_gives_the_oldest_first();
  a_chain_becomes_a_stack();
  a_member_leaves_from_anywhere();
}
