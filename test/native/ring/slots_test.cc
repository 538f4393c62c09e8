// Unit: a token names one use of one slot, and no other use of it.

#include "ring/slots.h"

#include "base/check.h"
#include "ring/ring.h"

using namespace heddle;

namespace {

void a_token_leads_back_to_its_completion() {
  Slots slots(2);
  Completion first, second;
  Token const a = slots.take(first);
  Token const b = slots.take(second);
  CHECK(a != b);
  CHECK(slots.full());
  CHECK(slots.find(a) == &first && slots.find(b) == &second);
  CHECK(slots.release(b) == &second);
  CHECK(slots.release(a) == &first);
  CHECK(slots.used() == 0);
}

void a_token_works_once() {
  Slots slots(1);
  Completion completion;
  Token const token = slots.take(completion);
  CHECK(slots.release(token) == &completion);
  CHECK(slots.release(token) == nullptr);
  CHECK(slots.used() == 0);
}

void an_old_token_does_not_reach_the_slots_next_user() {
  Slots slots(1);
  Completion first, second;
  Token const old = slots.take(first);
  CHECK(slots.release(old) == &first);
  Token const token = slots.take(second);
  CHECK(slots.release(old) == nullptr);
  CHECK(slots.used() == 1);
  CHECK(slots.release(token) == &second);
}

void a_word_that_never_was_a_token_is_refused() {
  Slots slots(4);
  Completion completion;
  Token const token = slots.take(completion);
  CHECK(slots.release(Token{}) == nullptr);
  CHECK(slots.release(Token{~std::uint64_t{0}}) == nullptr);
  CHECK(slots.release(Token{std::uint64_t{1} << 32 | 3}) == nullptr);  // A free slot's next.
  CHECK(slots.release(token) == &completion);
}

void slots_are_used_again() {
  Slots slots(3);
  Completion completion;
  for (int i = 0; i < 1000; ++i) {
    Token const kept = slots.take(completion);
    Token const token = slots.take(completion);
    CHECK(slots.release(token) == &completion);
    CHECK(slots.release(kept) == &completion);
  }
  CHECK(slots.used() == 0);
}

void visits_exactly_what_is_in_flight() {
  Slots slots(4);
  Completion completions[3];
  slots.take(completions[0]);
  Token const middle = slots.take(completions[1]);
  slots.take(completions[2]);
  CHECK(slots.release(middle) == &completions[1]);
  int visits = 0;
  slots.for_each([&](Completion& completion) {
    CHECK(&completion != &completions[1]);
    ++visits;
  });
  CHECK(visits == 2);
}

}  // namespace

int main() {
  a_token_leads_back_to_its_completion();
  a_token_works_once();
  an_old_token_does_not_reach_the_slots_next_user();
  a_word_that_never_was_a_token_is_refused();
  slots_are_used_again();
  visits_exactly_what_is_in_flight();
}
