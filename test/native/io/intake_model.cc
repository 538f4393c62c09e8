// Model: the intake's sleep, every interleaving, every stale read.
//
// The eventfd is a futex here: a count that is added to and read down to zero, as the kernel
// does it. It is relaxed, and so orders nothing: what the taker learns it learns from the
// intake, and a wake-up too few is a taker that sleeps for ever.

#include "io/intake.h"

#include <array>

#include "base/futex.h"
#include "model/suite.h"

using namespace heddle;

namespace {

struct alignas(8) Item {
  model::Plain<Item*> next;
  model::Plain<int> number;
};

struct Shared {
  Intake<Item> intake;
  Atomic<std::uint32_t> event{0};
  std::array<Item, 3> items;
  std::array<int, 3> taken{};
  model::Plain<int> wish;  // What ask() is to have looked at.

  void wake() {
    if (model::mutant("a wake is left out")) return;
    event.fetch_add(1, relaxed);
    futex_wake(event, 1);
  }

  void sleep() {
    while (event.exchange(0, relaxed) == 0) futex_wait(event, 0);
  }

  // True if accepted.
  bool push(int number) {
    Item& item = items[std::size_t(number)];
    item.number.write(number);
    Push const push = intake.push(item);
    if (push == Push::Wake) wake();
    return push != Push::Closed;
  }

  int count(Queue<Item>& queue) {
    int n = 0;
    for (; Item* const item = queue.pop_front(); ++n) ++taken[std::size_t(item->number.read())];
    return n;
  }

  // The reactor's turn.
  Intake<Item>::Taken turn() {
    auto news = intake.take();
    if (news.items.empty() && !news.asked && !news.closed && intake.announce_sleep()) sleep();
    return news;
  }
};

void two_push_and_one_takes(model::Program& program) {
  auto* s = program.make<Shared>();
  program.thread("pushes", [=] { CHECK(s->push(0)); });
  program.thread("pushes too", [=] { CHECK(s->push(1)); });
  program.thread("takes", [=] {
    for (int n = 0; n < 2;) {
      auto news = s->turn();
      n += s->count(news.items);
    }
  });
  program.finally([=] { model::require(s->taken[0] == 1 && s->taken[1] == 1, "not once"); });
}

void one_threads_items_keep_their_order(model::Program& program) {
  auto* s = program.make<Shared>();
  program.thread("pushes", [=] {
    CHECK(s->push(0));
    CHECK(s->push(1));
  });
  program.thread("takes", [=] {
    for (int expected = 0; expected < 2;) {
      auto news = s->turn();
      while (Item* const item = news.items.pop_front()) {
        model::require(item->number.read() == expected++, "out of order");
      }
    }
  });
}

// As when a completion, and no push, ends the sleep: Asleep stays behind and take() removes it.
void the_taker_wakes_by_itself(model::Program& program) {
  auto* s = program.make<Shared>();
  program.thread("pushes", [=] { CHECK(s->push(0)); });
  program.thread("takes", [=] {
    (void)s->intake.announce_sleep();
    for (int n = 0; n < 1;) {
      auto news = s->turn();
      n += s->count(news.items);
    }
  });
}

void what_is_asked_is_looked_at(model::Program& program) {
  auto* s = program.make<Shared>();
  program.thread("asks", [=] {
    s->wish.write(1);
    if (s->intake.ask()) s->wake();
  });
  program.thread("pushes", [=] { CHECK(s->push(0)); });
  program.thread("takes", [=] {
    int n = 0;
    bool asked = false;
    while (n < 1 || !asked) {
      auto news = s->turn();
      n += s->count(news.items);
      if (news.asked) model::require(s->wish.read() == 1, "asked for nothing");
      asked = asked || news.asked;
    }
  });
}

void every_item_is_taken_left_or_refused(model::Program& program) {
  auto* s = program.make<Shared>();
  program.thread("pushes", [=] {
    for (int number : {0, 1}) {
      if (!s->push(number)) ++s->taken[std::size_t(number)];
    }
  });
  program.thread("closes", [=] {
    auto left = s->intake.close();
    s->count(left.items);
    if (left.wake) s->wake();
  });
  program.thread("takes", [=] {
    for (bool closed = false; !closed;) {
      auto news = s->turn();
      s->count(news.items);
      closed = news.closed;
    }
  });
  program.finally([=] { model::require(s->taken[0] == 1 && s->taken[1] == 1, "not once"); });
}

}  // namespace

int main(int argc, char** argv) {
  return model::Suite()
      .program("two push and one takes", two_push_and_one_takes, {.preemptions = 2})
      .program("one thread's items keep their order", one_threads_items_keep_their_order)
      .program("the taker wakes by itself", the_taker_wakes_by_itself)
      .program("what is asked is looked at", what_is_asked_is_looked_at, {.preemptions = 2})
      .program("every item is taken, left or refused", every_item_is_taken_left_or_refused)
      .mutates("intake.h")
      .run(argc, argv);
}
