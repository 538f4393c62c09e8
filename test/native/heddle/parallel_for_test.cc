// Unit: a parallel loop calls its body once for every index of its range, and for no other.

#include "heddle/parallel_for.h"

#include <cstdio>
#include <memory>
#include <thread>
#include <vector>

#include "heddle/harness.h"
#include "support/child.h"

using namespace heddle;

namespace {

// How often each index was seen.
class Seen {
 public:
  explicit Seen(std::size_t n) : counts_(new Atomic<std::uint8_t>[n]()), n_(n) {}

  void add(std::size_t i) {
    CHECK(i < n_);
    counts_[i].fetch_add(1, relaxed);
  }
  bool is_each_once() const {
    for (std::size_t i = 0; i < n_; ++i) {
      if (counts_[i].load(relaxed) != 1) return false;
    }
    return true;
  }

 private:
  std::unique_ptr<Atomic<std::uint8_t>[]> counts_;
  std::size_t n_;
};

constexpr std::size_t kSizes[] = {0, 1, 2, 3, 63, 64, 65, 1009, 100'003, 1'000'000};

void every_index_is_seen_once() {
  test::on_workers([](KernelContext t) {
    for (std::size_t const n : kSizes) {
      Seen seen(n);
      CHECK(parallel_for(t, 0, n, [&](std::size_t i) { seen.add(i); }));
      CHECK(seen.is_each_once());
    }
  });
}

void a_range_may_begin_anywhere() {
  test::on_workers([](KernelContext t) {
    for (std::size_t const begin : {std::size_t{7}, std::size_t{1} << 63, SIZE_MAX - 1009}) {
      Seen seen(1009);
      CHECK(
          parallel_for(t, Range{begin, begin + 1009}, [&](std::size_t i) { seen.add(i - begin); }));
      CHECK(seen.is_each_once());
    }
  });
}

void ranges_are_never_empty_and_cover_all() {
  test::on_workers([](KernelContext t) {
    for (std::size_t const n : kSizes) {
      Seen seen(n);
      CHECK(parallel_for_ranges(t, 0, n, [&](std::size_t first, std::size_t last) {
        CHECK(first < last);
        for (std::size_t i = first; i < last; ++i) seen.add(i);
      }));
      CHECK(seen.is_each_once());
    }
  });
}

void two_dimensions_are_seen_once() {
  test::on_workers([](KernelContext t) {
    for (auto const& [w, h] : {std::pair<std::size_t, std::size_t>{0, 5},
                               {5, 0},
                               {1, 1},
                               {1, 10'007},
                               {10'007, 1},
                               {331, 211},
                               {3, 20'000},
                               {20'000, 3}}) {
      Seen seen(w * h);
      Range2 const range{{5, 5 + w}, {9, 9 + h}};
      CHECK(parallel_for(t, range, [&, w = w](std::size_t x, std::size_t y) {
        seen.add((y - 9) * w + x - 5);
      }));
      CHECK(seen.is_each_once());
    }
  });
}

void three_dimensions_are_seen_once() {
  test::on_workers([](KernelContext t) {
    std::size_t const sides[][3] = {{0, 5, 5},     {5, 5, 0},     {1, 1, 1},     {31, 37, 41},
                                    {1, 1, 9'001}, {9'001, 1, 1}, {1, 9'001, 1}, {100, 2, 300}};
    for (auto const& [w, h, d] : sides) {
      Seen seen(w * h * d);
      CHECK(parallel_for(t, Range3{{0, w}, {0, h}, {0, d}},
                         [&, w = w, h = h](KernelContext, std::size_t x, std::size_t y,
                                           std::size_t z) { seen.add((z * h + y) * w + x); }));
      CHECK(seen.is_each_once());
    }
  });
}

// Where nobody steals the order is that of the plain loops, tile by tile.
void one_worker_runs_in_order() {
  test::Started scheduler({.threads = 1, .stack_bytes = test::kStackBytes});
  run(*scheduler, [](KernelContext t) {
    std::size_t next = 0;
    CHECK(parallel_for(t, 0, 100'000, [&](std::size_t i) { CHECK(i == next++); }));
    CHECK(next == 100'000);
    std::size_t last_x = 0, last_y = 0;
    CHECK(parallel_for(t, Range2{{0, 64}, {0, 64}}, [&](std::size_t x, std::size_t y) {
      CHECK(x == 0 || y != last_y || x > last_x);
      last_x = x;
      last_y = y;
    }));
  });
}

void loops_nest() {
  test::on_workers([](KernelContext t) {
    constexpr std::size_t kRows = 300, kColumns = 700;
    Seen seen(kRows * kColumns);
    CHECK(parallel_for(t, 0, kRows, [&](KernelContext t, std::size_t row) {
      CHECK(parallel_for(t, 0, kColumns, [&](std::size_t i) { seen.add(row * kColumns + i); }));
    }));
    CHECK(seen.is_each_once());
  });
}

// 2^62 indices, of which a hundred are run.
void a_cancelled_loop_stops_at_its_next_step() {
  for (std::uint32_t threads : {1u, 2u, 8u}) {
    test::Started scheduler({.threads = threads, .stack_bytes = test::kStackBytes});
    Atomic<bool> cancel{false};
    Atomic<std::uint64_t> running{0}, after{0};
    run(*scheduler,
        [&](KernelContext t) {
          bool const is_done = parallel_for(t, 0, std::size_t{1} << 62, [&](std::size_t i) {
            running.fetch_add(1, relaxed);
            if (cancel.load(relaxed)) after.fetch_add(1, relaxed);
            test::spin_for(100'000);
            if (i == 100) cancel.store(true, relaxed);
            running.fetch_sub(1, relaxed);
          });
          CHECK(!is_done);
          CHECK(running.load(relaxed) == 0);  // The children have been joined.
          CHECK(!parallel_for(t, 0, 1, [&](std::size_t) { CHECK(false); }));
          CHECK(!parallel_for(t, Range3{{0, 9}, {0, 9}, {0, 9}},
                              [&](std::size_t, std::size_t, std::size_t) { CHECK(false); }));
          CHECK(parallel_for(t, 0, 0, [](std::size_t) {}));  // Nothing was left out.
        },
        {.cancel = &cancel});
    // An index takes longer than a step may: the steps are of one or two.
    CHECK(after.load(relaxed) <= 4 * threads);
  }
}

void the_largest_ranges_can_be_cancelled() {
  test::Started scheduler({.threads = 2, .stack_bytes = test::kStackBytes});
  Atomic<bool> cancel{false};
  run(*scheduler,
      [&](KernelContext t) {
        std::size_t const most = SIZE_MAX;
        CHECK(!parallel_for(t, Range3{{0, most}, {0, most}, {0, most}},
                            [&](std::size_t, std::size_t, std::size_t) {
                              cancel.store(true, relaxed);
                              test::spin_for(20'000);
                            }));
        cancel.store(false, relaxed);
        CHECK(!parallel_for_ranges(t, 0, most, [&](std::size_t, std::size_t) {
          cancel.store(true, relaxed);
          test::spin_for(20'000);
        }));
      },
      {.cancel = &cancel});
}

// The other worker is out of work only when the first index runs, and that ends only when the other
// worker has run one: what is left has been forked before.
void a_long_index_does_not_hide_the_rest() {
  for (std::size_t const n : {std::size_t{2}, std::size_t{5}, std::size_t{64}}) {
    test::Started scheduler({.threads = 2, .stack_bytes = test::kStackBytes});
    Atomic<bool> is_busy{false}, has_begun{false}, is_helped{false};
    std::thread other([&] {
      run(*scheduler, [&](KernelContext) {
        is_busy.store(true, relaxed);
        test::wait_until([&] { return has_begun.load(relaxed); });
      });
    });
    test::wait_until([&] { return is_busy.load(relaxed); });
    run(*scheduler, [&](KernelContext t) {
      CHECK(parallel_for(t, 0, n, [&](std::size_t i) {
        if (i != 0) return is_helped.store(true, relaxed);
        has_begun.store(true, relaxed);
        test::wait_until([&] { return is_helped.load(relaxed); });
      }));
    });
    other.join();
  }
}

// One worker, and a loop on it that ends only when somebody else has run there.
void a_background_loop_lets_frame_work_go_first() {
  test::Started scheduler({.threads = 1, .stack_bytes = test::kStackBytes});
  Atomic<bool> has_begun{false}, cancel{false};
  std::thread frame([&] {
    test::wait_until([&] { return has_begun.load(relaxed); });
    run(*scheduler, [&](KernelContext) { cancel.store(true, relaxed); }, {.lane = Lane::Frame});
  });
  bool const is_done = run(*scheduler,
                           [&](KernelContext t) {
                             return parallel_for(t, 0, std::size_t{1} << 62, [&](std::size_t) {
                               has_begun.store(true, relaxed);
                             });
                           },
                           {.lane = Lane::Background, .cancel = &cancel});
  CHECK(!is_done);
  frame.join();
}

void a_range_that_ends_before_it_begins_is_a_mistake() {
  test::Ending const ending = test::in_child([] {
    test::Started scheduler({.threads = 1, .stack_bytes = test::kStackBytes});
    run(*scheduler, [](KernelContext t) { parallel_for(t, 2, 1, [](std::size_t) {}); });
  });
  CHECK(ending.says("r.begin <= r.end"));
}

}  // namespace

int main() {
  a_range_that_ends_before_it_begins_is_a_mistake();  // Forks: before there are threads.
  every_index_is_seen_once();
  a_range_may_begin_anywhere();
  ranges_are_never_empty_and_cover_all();
  two_dimensions_are_seen_once();
  three_dimensions_are_seen_once();
  one_worker_runs_in_order();
  loops_nest();
  a_cancelled_loop_stops_at_its_next_step();
  the_largest_ranges_can_be_cancelled();
  a_long_index_does_not_hide_the_rest();
  a_background_loop_lets_frame_work_go_first();
}
