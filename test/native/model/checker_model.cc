// Model: the checker finds what it is there to find, and says so as a value.
//
// Lost wake-ups, spurious ones, livelocks, races on plain memory, failed CHECKs and crashes:
// each once as a program that is right and once as one that is not.

#include "base/atomic.h"
#include "base/clock.h"
#include "base/cpu.h"
#include "base/futex.h"
#include "base/lock.h"
#include "model/expect.h"
#include "model/mortal.h"
#include "model/suite.h"

using namespace heddle;
using model::expect_failure;
using model::expect_pass;

namespace {

using Word = Atomic<std::uint32_t>;

struct Shared {
  Word word{0};
  Word waiters{0};
  Atomic<int> flag{0};
  Atomic<int> other{0};
  Lock lock;
  model::Plain<int> data;
};

enum class Do { Right, Wrong };

// --- Scheduling.

// Adds one, as a load and a store.
void two_steps_lose_an_update(model::Program& program) {
  auto* s = program.make<Shared>();
  for (int i = 0; i < 2; ++i) {
    program.thread([=] { s->flag.store(s->flag.load(seq_cst) + 1, seq_cst); });
  }
  program.finally([=] { model::require(s->flag.load(relaxed) == 2, "an update was lost"); });
}

void preemption_tests() {
  expect_failure("an update is lost by one preemption", "lost", two_steps_lose_an_update,
                 {.preemptions = 1});
  expect_pass("and by none without one", two_steps_lose_an_update, {.preemptions = 0});
}

// Who waits spins until the other has stored, however unfair the schedule is.
void spinning_ends(model::Program& program) {
  auto* s = program.make<Shared>();
  for (int i = 0; i < 2; ++i) {
    program.thread("spinner " + std::to_string(i), [=] {
      while (s->flag.load(acquire) == 0) cpu_relax();
      model::require(s->data.read() == 1, "the flag came first");
    });
  }
  program.thread("writer", [=] {
    s->data.write(1);
    s->flag.store(1, release);
  });
}

void each_spins_for_the_other(model::Program& program) {
  auto* s = program.make<Shared>();
  program.thread("left", [=] {
    while (s->flag.load(relaxed) == 0) cpu_relax();
    s->other.store(1, relaxed);
  });
  program.thread("right", [=] {
    while (s->other.load(relaxed) == 0) cpu_relax();
    s->flag.store(1, relaxed);
  });
}

// A thread that gives up spinning is not held up by one that sleeps.
void spinning_gives_up(model::Program& program) {
  auto* s = program.make<Shared>();
  program.thread("sleeper", [=] {
    while (s->word.load(acquire) == 0) futex_wait(s->word, 0);
  });
  program.thread("spinner", [=] {
    for (int i = 0; i < 3 && s->flag.load(relaxed) == 0; ++i) cpu_relax();
    s->word.store(1, release);
    futex_wake(s->word, 1);
  });
}

void spinning_tests() {
  expect_pass("spinning ends", spinning_ends);
  expect_pass("spinning gives up", spinning_gives_up);
  expect_failure("each spins for the other", "livelock: left is in", each_spins_for_the_other);
}

// --- Sleeping.

// The waker changes the word and then wakes; or it forgets to change the word.
model::Build wake_up(Do what) {
  return [=](model::Program& program) {
    auto* s = program.make<Shared>();
    program.thread("sleeper", [=] {
      while (s->flag.load(acquire) == 0) futex_wait(s->word, 0);
      model::require(s->data.read() == 1, "woken too early");
    });
    program.thread("waker", [=] {
      s->data.write(1);
      s->flag.store(1, release);
      if (what == Do::Right) s->word.store(1, relaxed);
      futex_wake(s->word, 1);
    });
  };
}

// The waker saves the system call when nobody waits. It must not look too early.
model::Build wake_up_if_somebody_waits(Do what) {
  return [=](model::Program& program) {
    auto* s = program.make<Shared>();
    program.thread("sleeper", [=] {
      s->waiters.store(1, relaxed);
      fence(seq_cst);
      while (s->word.load(relaxed) == 0) futex_wait(s->word, 0);
    });
    program.thread("waker", [=] {
      s->word.store(1, relaxed);
      if (what == Do::Right) fence(seq_cst);
      if (s->waiters.load(relaxed) == 1) futex_wake(s->word, 1);
    });
  };
}

// Who returns from a wait must look again.
model::Build wait_in_a_loop(Do what) {
  return [=](model::Program& program) {
    auto* s = program.make<Shared>();
    program.thread("sleeper", [=] {
      do {
        futex_wait(s->word, 0);
      } while (what == Do::Right && s->word.load(acquire) == 0);
      model::require(s->word.load(acquire) == 1, "returned for no reason");
    });
    program.thread("waker", [=] {
      s->word.store(1, release);
      futex_wake(s->word, 1);
    });
  };
}

// One wake for two sleepers.
model::Build two_sleepers(std::uint32_t count) {
  return [=](model::Program& program) {
    auto* s = program.make<Shared>();
    for (int i = 0; i < 2; ++i) {
      program.thread("sleeper " + std::to_string(i), [=] {
        while (s->word.load(acquire) == 0) futex_wait(s->word, 0);
      });
    }
    program.thread("waker", [=] {
      s->word.store(1, release);
      futex_wake(s->word, count);
    });
  };
}

// Nobody wakes it, so the deadline does. With a waker it may be either.
void a_deadline_ends_a_wait(model::Program& program) {
  auto* s = program.make<Shared>();
  program.thread("sleeper", [=] {
    std::uint64_t const deadline = now_ns() + 1'000'000;
    while (futex_wait_until(s->word, 0, deadline)) continue;
    model::require(now_ns() >= deadline, "it woke before its time");
  });
}

model::Build a_deadline_and_a_waker(bool outcome) {
  return [=](model::Program& program) {
    auto* s = program.make<Shared>();
    program.thread("sleeper", [=] {
      bool const woken = futex_wait_until(s->word, 0, now_ns() + 1'000'000);
      model::require(woken != outcome, "seen");
    });
    program.thread("waker", [=] {
      s->word.store(1, relaxed);
      futex_wake(s->word, 1);
    });
  };
}

void sleeping_tests() {
  expect_pass("a wake-up arrives", wake_up(Do::Right));
  expect_failure("a wake-up without a change is lost", "deadlock: sleeper sleeps in",
                 wake_up(Do::Wrong));
  expect_pass("a waker looks for sleepers", wake_up_if_somebody_waits(Do::Right));
  expect_failure("a waker looks too early", "deadlock", wake_up_if_somebody_waits(Do::Wrong));
  expect_pass("a wait in a loop", wait_in_a_loop(Do::Right));
  expect_failure("a wait without a loop", "no reason", wait_in_a_loop(Do::Wrong));
  expect_pass("two sleepers, two woken", two_sleepers(2));
  expect_failure("two sleepers, one woken", "deadlock: sleeper", two_sleepers(1));
  expect_pass("a deadline ends a wait", a_deadline_ends_a_wait);
  expect_failure("a waker may be first", "seen", a_deadline_and_a_waker(true));
  expect_failure("a deadline may be first", "seen", a_deadline_and_a_waker(false));
}

// --- Plain memory, and what is not a question of order.

// Two readers, of which the writer that follows waits for only one.
model::Build a_writer_after_two_readers(Do what) {
  return [=](model::Program& program) {
    auto* s = program.make<Shared>();
    program.thread([=] {
      (void)s->data.read();
      s->flag.store(1, release);
    });
    program.thread([=] {
      (void)s->data.read();
      s->other.store(1, release);
    });
    program.thread([=] {
      bool const one = s->flag.load(acquire) == 1;
      bool const two = s->other.load(acquire) == 1;
      if (two && (one || what == Do::Wrong)) s->data.write(1);
    });
  };
}

struct Node {
  Atomic<int> value{7};
};

model::Build an_object_is_published(std::memory_order order) {
  return [=](model::Program& program) {
    auto* top = program.make<Atomic<Node*>>(nullptr);
    auto* node = program.make<std::unique_ptr<Node>>();
    program.thread([=] {
      *node = std::make_unique<Node>();
      top->store(node->get(), order);
    });
    program.thread([=] {
      if (Node* found = top->load(acquire)) (void)found->value.load(relaxed);
    });
  };
}

// Whoever waits frees the word once it has changed: perhaps before the wake, which may name it yet.
model::Build a_waiter_frees_the_word(Do what) {
  return [=](model::Program& program) {
    auto* word = program.make<model::Mortal<Word>>(0u);
    program.thread([=] {
      (*word)->store(1, release);
      if (what == Do::Wrong) (void)(*word)->load(relaxed);
      futex_wake(**word, 1);
    });
    program.thread([=] {
      while ((*word)->load(acquire) == 0) futex_wait(**word, 0);
      word->end();
    });
  };
}

// A weak exchange may fail although the value is right.
void weak_exchange_in_no_loop(model::Program& program) {
  auto* s = program.make<Shared>();
  program.thread([=] {
    int expected = 0;
    bool const done = s->flag.compare_exchange_weak(expected, 1, relaxed, relaxed);
    model::require(done, "failed for no reason");
  });
}

void a_check_fails(model::Program& program) {
  auto* s = program.make<Shared>();
  program.thread([=] { s->flag.store(1, relaxed); });
  program.thread([=] { CHECK(s->flag.load(relaxed) == 0); });
}

// Under the address sanitizer that ends the process.
[[maybe_unused]] void a_null_pointer_is_followed(model::Program& program) {
  auto* pointer = program.make<Atomic<int*>>(nullptr);
  auto* target = program.make<int>(0);
  program.thread([=] { pointer->store(target, relaxed); });
  program.thread([=] { *static_cast<int volatile*>(pointer->load(relaxed)) = 1; });
}

void each_time_is_different(model::Program& program) {
  static int times = 0;
  auto* s = program.make<Shared>();
  int const threads = 2 + ++times % 2;
  for (int i = 0; i < threads; ++i) {
    program.thread([=] { s->flag.fetch_add(1, relaxed); });
  }
}

void failure_tests() {
  expect_pass("a writer waits for both readers", a_writer_after_two_readers(Do::Right));
  expect_failure("a writer waits for one reader", "under a reader",
                 a_writer_after_two_readers(Do::Wrong));
  expect_pass("an object is published", an_object_is_published(release));
  expect_failure("an object is published, relaxed", "construction",
                 an_object_is_published(relaxed));
  expect_pass("a word is freed before the wake", a_waiter_frees_the_word(Do::Right));
  expect_failure("a word is freed, and used", "gone", a_waiter_frees_the_word(Do::Wrong));
  expect_failure("a weak exchange fails", "for no reason", weak_exchange_in_no_loop);
  expect_failure("a CHECK fails", "check failed: s->flag.load(relaxed) == 0", a_check_fails);
#if !defined(__SANITIZE_ADDRESS__)
  expect_failure("a null pointer is followed", "crashed", a_null_pointer_is_followed);
#endif
  model::Outcome const outcome = model::explore(each_time_is_different);
  CHECK(!outcome.ok && outcome.why.find("not the same again") != std::string::npos);
}

// --- Random executions, and mutants.

void a_seed_is_a_schedule() {
  model::Outcome const first = model::explore_random(two_steps_lose_an_update, 1, 1000);
  model::Outcome const again = model::explore_random(two_steps_lose_an_update, 1, 1000);
  CHECK(!first.ok && first.path == again.path && first.executions == again.executions);
  CHECK(model::replay(two_steps_lose_an_update, first.path).why == first.why);
  CHECK(model::explore_random(spinning_ends, 1, 1000).executions == 1000);
}

void lock_protects(model::Program& program) {
  auto* s = program.make<Shared>();
  for (int i = 0; i < 2; ++i) {
    program.thread([=] {
      if (model::mutant("no lock")) {
        s->data.write(s->data.read() + 1);
      } else {
        LockGuard guarded(s->lock);
        s->data.write(s->data.read() + 1);
      }
    });
  }
  program.finally([=] { model::require(s->data.read() == 2, "an update was lost"); });
}

void every_mutant_of_the_lock_is_killed() {
  model::Suite suite;
  suite.program("lock protects", lock_protects).mutates("lock.h");
  CHECK(suite.explore_programs());
  std::vector<std::string> keys;
  for (model::Mutant const& mutant : suite.find_mutants()) keys.push_back(mutant.key);
  CHECK((keys == std::vector<std::string>{
                     "lock.h try_lock compare_exchange 1 acquire->relaxed",
                     "lock.h unlock exchange 1 release->relaxed",
                     "lock.h unlock futex_wake 1 removed",
                     "lock.h lock_contended exchange 1 acquire->relaxed",
                     "named no lock",
                 }));
  CHECK(suite.judge_mutants() == 0);
}

// An order that nothing rests on is found as well.
void a_needless_order_survives() {
  auto needless = [](model::Program& program) {
    auto* s = program.make<Shared>();
    program.thread([=] { s->flag.fetch_add(1, acq_rel); });
    program.thread([=] { s->flag.fetch_add(1, acq_rel); });
  };
  std::string const key = "checker_model.cc operator() fetch_add 1 acq_rel->";
  std::string const other = "checker_model.cc operator() fetch_add 2 acq_rel->";
  std::vector<std::string> keys;
  for (char const* order : {"acquire", "release", "relaxed"}) {
    keys.push_back(key + order);
    keys.push_back(other + order);
  }

  model::Suite unlisted;
  unlisted.program("needless", needless);
  CHECK(unlisted.explore_programs() && unlisted.judge_mutants() != 0);

  model::Suite listed;
  listed.program("needless", needless);
  for (std::string const& survivor : keys) listed.survives(survivor.c_str(), "nothing is guarded");
  CHECK(listed.explore_programs() && listed.judge_mutants() == 0);

  listed.survives("checker_model.cc nowhere load 1 acquire->relaxed", "no such place");
  CHECK(listed.explore_programs() && listed.judge_mutants() != 0);
}

}  // namespace

int main() {
  preemption_tests();
  spinning_tests();
  sleeping_tests();
  failure_tests();
  a_seed_is_a_schedule();
  every_mutant_of_the_lock_is_killed();
  a_needless_order_survives();
}
