#pragma once
// One atomic word and every value it ever held, behind every atomic operation of the model.
//
// A location keeps its stores in modification order. A load may return any store that is not
// older than what its thread has seen, so a missing acquire, release or fence shows as an old
// value, on any machine. A store may also go before one that its thread has not seen, and a
// read-modify-write may follow any store that it may read and that no other one follows yet.
// That is C++20's memory model but for one thing: nothing reads from a store that has not run
// yet (load buffering).
//
// Rules, cited below by name:
//   M1  Coherence: what a thread has seen of a location only grows; so does what an acquire
//       load takes over from the store it reads.
//   M2  A store carries a View for those who acquire it: all its thread knows if it releases,
//       else what its thread knew at its last release fence. A read-modify-write also carries
//       what the store that it read carried: the release sequence.
//   M3  seq_cst operations run in their one order, which is the order of the execution. Each
//       notes the store it read or made (seq_cst_seen), and each reads no older one. A
//       seq_cst store does not wait for the thread's other stores: for that there are fences.

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <string>
#include <utility>
#include <vector>

#include "model/execution.h"
#include "model/mutator.h"

namespace heddle::model {

inline bool acquires(std::memory_order order) {
  return order != std::memory_order_relaxed && order != std::memory_order_release;
}

inline bool releases(std::memory_order order) {
  return order != std::memory_order_relaxed && order != std::memory_order_acquire &&
         order != std::memory_order_consume;
}

enum class Strength : std::uint8_t { Weak, Strong };

class Location {
 public:
  using Value = std::uint64_t;

  explicit Location(Value initial) : run_(Execution::current()) {
    stores_.push_back({kGap, initial, nullptr, false});
    if (run_ == nullptr) return;
    id_ = run_->new_location();
    run_->wrote(id_, kGap, true);
    Thread& self = run_->self();
    self.view.seen.raise(id_, kGap);
    maker_ = self.index;
    made_ = ++self.plain_accesses;
    self.view.happened.raise(maker_, made_);
  }

  Location(Location const&) = delete;
  Location& operator=(Location const&) = delete;

  std::uint32_t id() const { return id_; }

  Value load(std::memory_order order, Site const& site) const {
    Execution* run = begin(site, Op::Load, Touch::Read);
    if (run == nullptr) return newest().value;
    order = mutator().order(site, Op::Load, order);
    auto const& readable = find_readable(*run, order);
    auto const count = static_cast<std::uint32_t>(readable.size());
    return read(*run, readable[run->choose(count, Choose::Value)], order, "");
  }

  void store(Value value, std::memory_order order, Site const& site) {
    Execution* run = begin(site, Op::Store, Touch::Write);
    if (run == nullptr) {
      stores_.back().value = value;
      return;
    }
    order = mutator().order(site, Op::Store, order);
    std::size_t const at = choose_place(*run, order);
    insert(*run, at, value, order, carried_by_store(*run, order), Kind::Store);
  }

  // Replaces a value by `change(value)` in one step, and returns what was there.
  template <class Change>
  Value update(Op op, std::memory_order order, Site const& site, Change change) {
    Execution* run = begin(site, op, Touch::Write);
    if (run == nullptr) return std::exchange(stores_.back().value, change(newest().value));
    order = mutator().order(site, op, order);
    auto const& replaceable = find_replaceable(*run, order);
    auto const count = static_cast<std::uint32_t>(replaceable.size());
    std::size_t const at = replaceable[run->choose(count, Choose::Value)];
    return replace(*run, at, change(stores_[at].value), order);
  }

  // A failure is a load, and may be as stale as one; a weak exchange may also fail for nothing.
  bool compare_exchange(Value& expected, Value desired, std::memory_order success,
                        std::memory_order failure, Strength strength, Site const& site) {
    Execution* run = begin(site, Op::CompareExchange, Touch::Write);
    if (run == nullptr) {
      if (newest().value != expected) {
        expected = newest().value;
        return false;
      }
      stores_.back().value = desired;
      return true;
    }
    success = mutator().order(site, Op::CompareExchange, success);
    failure = mutator().order(site, Op::CompareExchangeFailure, failure);
    auto const& outcomes = find_outcomes(*run, expected, success, failure);
    auto const count = static_cast<std::uint32_t>(outcomes.size());
    std::size_t const at = outcomes[run->choose(count, Choose::Value)];
    bool exchanges = stores_[at].value == expected;
    if (exchanges && strength == Strength::Weak && run->is_surprised()) exchanges = false;
    if (!exchanges) {
      expected = read(*run, at, failure, " (fails)");
      return false;
    }
    replace(*run, at, desired, success);
    return true;
  }

  // What a futex system call may find: its one order with the wakes of this word is all that
  // it promises. `some(value)` says whether such a value is among what may be found.
  template <class Is>
  bool kernel_may_find(Execution& run, Is some) const {
    Stamp const oldest = std::max(run.self().view.seen.at(id_), run.futex_seen().at(id_));
    for (std::size_t i = stores_.size(); i-- > 0;) {
      if (some(stores_[i].value)) return true;
      if (stores_[i].stamp <= oldest) break;
    }
    return false;
  }

  // Brings a thread to the step before an operation. Null outside of any program.
  Execution* begin(Site const& site, Op op, Touch touch) const {
    Execution* run = Execution::current();
    if (run == nullptr) return nullptr;
    if (is_excused(op)) return nullptr;
    if (run != run_) run->fail("an atomic that is gone, or was made outside of the program");
    run->step(site, op, id_, touch);
    if (is_excused(op)) return nullptr;
    if (run != run_) run->fail("an atomic that is gone");
    if (run->self().view.happened.at(maker_) < made_) {
      run->fail("data race: an atomic is used before its construction was published");
    }
    return run;
  }

 private:
  struct Store {
    Stamp stamp;
    Value value;
    View const* carried;  // M2. Null: nothing.
    bool is_update;       // Part of a read-modify-write: nothing goes between it and what it read.
  };

  enum class Kind : std::uint8_t { Store, Update };

  // Room between two stores for others to go between.
  static constexpr Stamp kGap = 1 << 12;

  // A wake only names the word, which may be gone: see mortal.h.
  bool is_excused(Op op) const { return op == Op::FutexWake && run_ == nullptr; }

  Store const& newest() const { return stores_.back(); }

  // M1, M3. The oldest store that the running thread may read, or put another one after.
  Stamp oldest(Execution& run, std::memory_order order) const {
    Stamp const seen = run.self().view.seen.at(id_);
    if (order != std::memory_order_seq_cst) return seen;
    return std::max(seen, run.seq_cst_seen().at(id_));
  }

  std::size_t first_at_or_after(Stamp stamp) const {
    std::size_t i = stores_.size() - 1;
    while (i > 0 && stores_[i].stamp > stamp) --i;
    return i;
  }

  // A store that reads like an older one, and tells no less, adds nothing: whoever reads the
  // older one may still do all that a reader of the newer one may.
  bool is_redundant(std::size_t i, std::size_t first) const {
    for (std::size_t k = first; k < i; ++k) {
      bool const tells_no_more = stores_[k].carried == nullptr ||
                                 stores_[k].carried == stores_[i].carried;
      if (stores_[k].value == stores_[i].value && tells_no_more) return true;
    }
    return false;
  }

  std::vector<std::size_t> const& find_readable(Execution& run, std::memory_order order) const {
    auto& found = run.scratch();
    std::size_t const first = first_at_or_after(oldest(run, order));
    for (std::size_t i = stores_.size(); i-- > first;) {
      if (!is_redundant(i, first)) found.push_back(i);
    }
    return found;
  }

  bool is_replaceable(std::size_t i) const {
    return i + 1 == stores_.size() || (!stores_[i + 1].is_update && has_room_before(i + 1));
  }

  bool has_room_before(std::size_t i) const { return stores_[i].stamp - stores_[i - 1].stamp > 1; }

  std::vector<std::size_t> const& find_replaceable(Execution& run, std::memory_order order) const {
    auto& found = run.scratch();
    std::size_t const first = first_at_or_after(oldest(run, order));
    for (std::size_t i = stores_.size(); i-- > first;) {
      if (is_replaceable(i)) found.push_back(i);
    }
    return found;
  }

  std::vector<std::size_t> const& find_outcomes(Execution& run, Value expected,
                                                std::memory_order success,
                                                std::memory_order failure) const {
    auto& found = run.scratch();
    std::size_t const first_success = first_at_or_after(oldest(run, success));
    std::size_t const first_failure = first_at_or_after(oldest(run, failure));
    for (std::size_t i = stores_.size(); i-- > std::min(first_success, first_failure);) {
      bool const may = stores_[i].value == expected
                           ? i >= first_success && is_replaceable(i)
                           : i >= first_failure && !is_redundant(i, first_failure);
      if (may) found.push_back(i);
    }
    return found;
  }

  // Where a plain store goes: before which of the stores, or at the end.
  std::size_t choose_place(Execution& run, std::memory_order order) const {
    if (!run.is_exploring()) return stores_.size();
    auto& found = run.scratch();
    found.push_back(stores_.size());
    std::size_t const first = first_at_or_after(oldest(run, order));
    for (std::size_t i = stores_.size(); i-- > first + 1;) {
      if (!stores_[i].is_update && has_room_before(i)) found.push_back(i);
    }
    return found[run.choose(static_cast<std::uint32_t>(found.size()), Choose::Value)];
  }

  // The effects of reading stores_[i], and its value.
  Value read(Execution& run, std::size_t i, std::memory_order order, char const* remark) const {
    Store const& store = stores_[i];
    Thread& self = run.self();
    self.view.seen.raise(id_, store.stamp);
    if (order == std::memory_order_seq_cst) run.seq_cst_seen().raise(id_, store.stamp);
    if (store.carried != nullptr) (acquires(order) ? self.view : self.pending).join(*store.carried);
    run.looked_at(id_);
    if (run.is_tracing()) {
      std::size_t const newer = stores_.size() - 1 - i;
      std::string stale = newer == 0 ? "" : " (" + std::to_string(newer) + " newer)";
      note(run, "= ", store.value, order, stale + remark);
    }
    return store.value;
  }

  View const* carried_by_store(Execution& run, std::memory_order order) const {
    return releases(order) ? run.views().keep(run.self().view) : run.self().released;
  }

  // Puts a store before stores_[i].
  void insert(Execution& run, std::size_t i, Value value, std::memory_order order,
              View const* carried, Kind kind) {
    Thread& self = run.self();
    bool const is_newest = i == stores_.size();
    Stamp const before = stores_[i - 1].stamp;
    Stamp const stamp = is_newest ? before + kGap : before + (stores_[i].stamp - before) / 2;
    bool const changed = value != stores_[i - 1].value;
    stores_.insert(stores_.begin() + static_cast<std::ptrdiff_t>(i),
                   {stamp, value, carried, kind == Kind::Update});
    self.view.seen.raise(id_, stamp);
    if (order == std::memory_order_seq_cst) run.seq_cst_seen().raise(id_, stamp);
    run.wrote(id_, stores_.back().stamp, changed);
    if (run.is_tracing()) note(run, "-> ", value, order, is_newest ? "" : " (not the newest)");
  }

  // The effects of a read-modify-write that read stores_[i]. Returns what it read.
  Value replace(Execution& run, std::size_t i, Value value, std::memory_order order) {
    Value const before = read(run, i, order, "");
    Thread& self = run.self();
    View const* const inherited = stores_[i].carried;
    View const* carried = carried_by_store(run, order);
    if (carried == nullptr) {
      carried = inherited;
    } else if (inherited != nullptr) {
      View& both = run.views().take();  // M2
      both = *carried;
      both.join(*inherited);
      carried = &both;
    }
    self.view.seen.raise(id_, stores_[i].stamp);
    insert(run, i + 1, value, order, carried, Kind::Update);
    return before;
  }

  void note(Execution& run, char const* sign, Value value, std::memory_order order,
            std::string const& remark) const {
    char text[96];
    std::snprintf(text, sizeof(text), value < 1'000'000 ? "#%u %s%llu %s" : "#%u %s%#llx %s", id_,
                  sign, static_cast<unsigned long long>(value), name(order));
    run.note(text + remark);
  }

  Execution* run_;  // Whose location this is.
  std::uint32_t id_ = 0;
  std::uint32_t maker_ = 0;  // The thread that made it, and when in that thread's time.
  Stamp made_ = 0;
  std::vector<Store> stores_;  // In modification order.
};

}  // namespace heddle::model
