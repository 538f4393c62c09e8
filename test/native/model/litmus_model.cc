// Model: the checker's memory model is C++20's, seen through the classic small programs.
//
// Each program asks whether one weak outcome can be seen. Where C++ allows it the checker must
// find it, or it would pass code that breaks on some machine; where C++ forbids it the checker
// must not, or it would fail code that is right.

#include "base/atomic.h"
#include "base/membarrier.h"
#include "model/expect.h"

using namespace heddle;

namespace {

using Order = std::memory_order;

struct Shared {
  Atomic<int> x{0};
  Atomic<int> y{0};
  model::Plain<int> data;
  int seen[4]{};
};

void allowed(char const* name, model::Build const& build) {
  model::expect_failure(name, "seen", build);
}

void forbidden(char const* name, model::Build const& build) {
  model::expect_pass(name, build);
}

void unless(bool weak_outcome) {
  model::require(!weak_outcome, "seen");
}

// A flag says that data is ready.
model::Build message_passing(Order store, Order load) {
  return [=](model::Program& program) {
    auto* s = program.make<Shared>();
    program.thread("writer", [=] {
      s->x.store(1, relaxed);
      s->y.store(1, store);
    });
    program.thread("reader", [=] {
      int const flag = s->y.load(load);
      unless(flag == 1 && s->x.load(relaxed) == 0);
    });
  };
}

model::Build message_passing_by_fences(Order writer, Order reader) {
  return [=](model::Program& program) {
    auto* s = program.make<Shared>();
    program.thread("writer", [=] {
      s->x.store(1, relaxed);
      fence(writer);
      s->y.store(1, relaxed);
    });
    program.thread("reader", [=] {
      int const flag = s->y.load(relaxed);
      fence(reader);
      unless(flag == 1 && s->x.load(relaxed) == 0);
    });
  };
}

// The same where the second look is a read-modify-write, which need not see the newest either.
model::Build message_passing_to_an_exchange(Order store, Order exchange) {
  return [=](model::Program& program) {
    auto* s = program.make<Shared>();
    program.thread("writer", [=] {
      s->x.store(1, relaxed);
      s->y.store(1, store);
    });
    program.thread("reader", [=] {
      int const flag = s->y.exchange(2, exchange);
      unless(flag == 1 && s->x.exchange(2, relaxed) == 0);
    });
  };
}

void message_passing_tests() {
  forbidden("message passing, release and acquire", message_passing(release, acquire));
  allowed("message passing, no release", message_passing(relaxed, acquire));
  allowed("message passing, no acquire", message_passing(release, relaxed));
  forbidden("message passing, both fences", message_passing_by_fences(release, acquire));
  forbidden("message passing, seq_cst fences", message_passing_by_fences(seq_cst, seq_cst));
  allowed("message passing, no release fence", message_passing_by_fences(relaxed, acquire));
  allowed("message passing, no acquire fence", message_passing_by_fences(release, relaxed));
  allowed("message passing, fences the wrong way", message_passing_by_fences(acquire, release));
  forbidden("message passing to an exchange", message_passing_to_an_exchange(release, acquire));
  allowed("message passing to an exchange, relaxed",
          message_passing_to_an_exchange(relaxed, relaxed));
}

// Each thread stores its own and then looks at the other's: can both miss?
model::Build store_buffering(Order store, Order load, Order first_fence, Order second_fence) {
  return [=](model::Program& program) {
    auto* s = program.make<Shared>();
    program.thread([=] {
      s->x.store(1, store);
      fence(first_fence);
      s->seen[0] = s->y.load(load);
    });
    program.thread([=] {
      s->y.store(1, store);
      fence(second_fence);
      s->seen[1] = s->x.load(load);
    });
    program.finally([=] { unless(s->seen[0] == 0 && s->seen[1] == 0); });
  };
}

// The same with a read-modify-write of one word as the meeting point.
void store_buffering_over_one_word(model::Program& program) {
  auto* s = program.make<Shared>();
  program.thread([=] {
    s->x.store(1, relaxed);
    s->seen[0] = s->y.fetch_add(1, acq_rel);
  });
  program.thread([=] {
    if (s->y.fetch_add(2, acq_rel) == 1) unless(s->x.load(relaxed) == 0);
  });
}

void store_buffering_tests() {
  auto none = relaxed;
  allowed("store buffering", store_buffering(relaxed, relaxed, none, none));
  allowed("store buffering, release and acquire", store_buffering(release, acquire, none, none));
  forbidden("store buffering, all seq_cst", store_buffering(seq_cst, seq_cst, none, none));
  allowed("store buffering, seq_cst stores alone", store_buffering(seq_cst, relaxed, none, none));
  forbidden("store buffering, fences", store_buffering(relaxed, relaxed, seq_cst, seq_cst));
  allowed("store buffering, one fence", store_buffering(relaxed, relaxed, seq_cst, none));
  allowed("store buffering, acq_rel fences", store_buffering(relaxed, relaxed, acq_rel, acq_rel));
  forbidden("store buffering over one word", store_buffering_over_one_word);
}

// One thread pays for both sides; `owners` threads pay nothing.
enum class Barrier { Yes, No };

model::Build asymmetric(int owners, Barrier dear, Barrier free) {
  return [=](model::Program& program) {
    auto* s = program.make<Shared>();
    program.thread("thief", [=] {
      s->x.store(1, relaxed);
      if (dear == Barrier::Yes) membarrier();
      s->seen[0] = s->y.load(relaxed);
    });
    for (int i = 1; i <= owners; ++i) {
      program.thread("owner " + std::to_string(i), [=] {
        if (i == 1) s->y.store(1, relaxed);
        if (free == Barrier::Yes) compiler_barrier();
        s->seen[i] = s->x.load(relaxed);
      });
    }
    program.finally([=] { unless(s->seen[0] == 0 && s->seen[1] == 0); });
  };
}

void asymmetric_tests() {
  forbidden("asymmetric fence", asymmetric(1, Barrier::Yes, Barrier::Yes));
  forbidden("asymmetric fence, a bystander", asymmetric(2, Barrier::Yes, Barrier::Yes));
  allowed("asymmetric fence, no membarrier", asymmetric(1, Barrier::No, Barrier::Yes));
  allowed("asymmetric fence, no compiler barrier", asymmetric(1, Barrier::Yes, Barrier::No));
}

// Two readers of independent writes: do they agree on which came first?
model::Build independent_reads(Order store, Order load, Order between) {
  return [=](model::Program& program) {
    auto* s = program.make<Shared>();
    program.thread([=] { s->x.store(1, store); });
    program.thread([=] { s->y.store(1, store); });
    program.thread([=] {
      s->seen[0] = s->x.load(load);
      fence(between);
      s->seen[1] = s->y.load(load);
    });
    program.thread([=] {
      s->seen[2] = s->y.load(load);
      fence(between);
      s->seen[3] = s->x.load(load);
    });
    program.finally([=] {
      auto& seen = s->seen;
      unless(seen[0] == 1 && seen[1] == 0 && seen[2] == 1 && seen[3] == 0);
    });
  };
}

void independent_reads_tests() {
  allowed("independent reads, acquire", independent_reads(release, acquire, relaxed));
  forbidden("independent reads, seq_cst", independent_reads(seq_cst, seq_cst, relaxed));
  forbidden("independent reads, seq_cst loads", independent_reads(release, seq_cst, relaxed));
  forbidden("independent reads, fences", independent_reads(relaxed, relaxed, seq_cst));
}

// Two threads store to both words, in opposite order: can both first stores be the last?
model::Build two_plus_two_writes(Order order, Order between) {
  return [=](model::Program& program) {
    auto* s = program.make<Shared>();
    program.thread([=] {
      s->x.store(1, order);
      fence(between);
      s->y.store(2, order);
    });
    program.thread([=] {
      s->y.store(1, order);
      fence(between);
      s->x.store(2, order);
    });
    program.finally([=] { unless(s->x.load(relaxed) == 1 && s->y.load(relaxed) == 1); });
  };
}

void write_order_tests() {
  allowed("two writes against two", two_plus_two_writes(relaxed, relaxed));
  allowed("two writes against two, release", two_plus_two_writes(release, relaxed));
  forbidden("two writes against two, seq_cst", two_plus_two_writes(seq_cst, relaxed));
  forbidden("two writes against two, fences", two_plus_two_writes(relaxed, seq_cst));
}

// A thread never goes back: not behind what it read, and not behind what it wrote.
void coherence(model::Program& program) {
  auto* s = program.make<Shared>();
  program.thread([=] {
    s->x.store(1, relaxed);
    s->x.store(2, relaxed);
    unless(s->x.load(relaxed) == 1);
  });
  program.thread([=] {
    int const first = s->x.load(relaxed);
    unless(s->x.load(relaxed) < first);
  });
}

// Updates have one order, whatever theirs is.
void no_update_is_lost(model::Program& program) {
  auto* s = program.make<Shared>();
  for (int i = 0; i < 3; ++i) program.thread([=] { s->x.fetch_add(1, relaxed); });
  program.finally([=] { unless(s->x.load(relaxed) != 3); });
}

// A third thread acquires what the first released, through what the second did in between.
enum class Middle { Update, Store };

model::Build release_sequence(Middle middle) {
  return [=](model::Program& program) {
    auto* s = program.make<Shared>();
    program.thread("writer", [=] {
      s->data.write(1);
      s->x.store(1, release);
    });
    program.thread("middle", [=] {
      if (middle == Middle::Update) {
        s->x.fetch_add(1, relaxed);
      } else if (s->x.load(relaxed) == 1) {
        s->x.store(2, relaxed);
      }
    });
    program.thread("reader", [=] {
      if (s->x.load(acquire) == 2) unless(s->data.read() != 1);
    });
  };
}

// What a failed exchange learns is up to its second order.
model::Build failed_exchange(Order failure) {
  return [=](model::Program& program) {
    auto* s = program.make<Shared>();
    program.thread("writer", [=] {
      s->data.write(1);
      s->x.store(1, release);
    });
    program.thread("reader", [=] {
      int expected = 0;
      bool const done = s->x.compare_exchange_strong(expected, 2, relaxed, failure);
      if (!done && expected == 1) unless(s->data.read() != 1);
    });
  };
}

// Each thread copies what it reads to the other word: C++ allows ones out of nowhere but the
// stores that run later. The checker cannot see that; this test says so.
void load_buffering_is_not_seen(model::Program& program) {
  auto* s = program.make<Shared>();
  program.thread([=] {
    s->seen[0] = s->x.load(relaxed);
    s->y.store(1, relaxed);
  });
  program.thread([=] {
    s->seen[1] = s->y.load(relaxed);
    s->x.store(1, relaxed);
  });
  program.finally([=] { unless(s->seen[0] == 1 && s->seen[1] == 1); });
}

}  // namespace

int main() {
  message_passing_tests();
  store_buffering_tests();
  asymmetric_tests();
  independent_reads_tests();
  write_order_tests();
  forbidden("coherence", coherence);
  forbidden("no update is lost", no_update_is_lost);
  forbidden("release sequence, through an update", release_sequence(Middle::Update));
  model::expect_failure("release sequence, cut by a store", "data race",
                        release_sequence(Middle::Store));
  forbidden("a failed exchange, acquire", failed_exchange(acquire));
  model::expect_failure("a failed exchange, relaxed", "data race", failed_exchange(relaxed));
  forbidden("load buffering is not seen", load_buffering_is_not_seen);
}
