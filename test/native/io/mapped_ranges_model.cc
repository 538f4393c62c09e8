// Model: a signal handler that asks for addresses while ranges come and go.
//
// A thread that touches its mapping finds it, whatever others do, and one that faults elsewhere
// never takes the address for ours: also not where it was ours a moment ago. The kernel is played
// by a lock: it takes an address back before it gives it out again.

#include "io/mapped_ranges.h"

#include "model/suite.h"

using namespace heddle;

namespace {

using Ranges = MappedRanges<2>;

constexpr std::uintptr_t kOurs = 16 * Ranges::kUnit;
constexpr std::uintptr_t kOther = 64 * Ranges::kUnit;
constexpr std::size_t kBytes = 2 * Ranges::kUnit;
constexpr std::size_t kLast = kBytes - 1;

struct Shared {
  Ranges ranges;
  Atomic<std::uint32_t> given{0};  // 1 + the index, once another thread has the mapping.
  Lock kernel;
  Plain<bool> is_free = false;  // The address is nobody's.

  void add_and_give() {
    if (model::mutant("it is given away before it is added")) {
      given.store(1, release);
      (void)ranges.add(kOurs, kBytes);
      return;
    }
    auto const index = ranges.add(kOurs, kBytes);
    // Release pairs with whoever takes it.
    given.store(1 + *index, release);
  }

  void unmap() {
    LockGuard const guard(kernel);
    is_free.write(true);
  }

  bool take_address() {
    LockGuard const guard(kernel);
    return is_free.read();
  }
};

void who_has_a_mapping_finds_it(model::Program& program) {
  auto* s = program.make<Shared>();
  program.thread("maps", [=] { s->add_and_give(); });
  program.thread("touches", [=] {
    // Acquire pairs with add_and_give().
    std::uint32_t const given = s->given.load(acquire);
    if (given == 0) return;
    auto const found = s->ranges.find(kOurs + kLast);
    model::require(found && found->index == given - 1 && found->end == kOurs + kBytes,
                   "not found, or not as it is");
    model::require(!s->ranges.has_missed(found->index), "it begins with what another has missed");
    s->ranges.miss(found->index);
    model::require(s->ranges.has_missed(found->index), "what was missed is forgotten");
  });
  program.thread("others", [=] {
    auto const index = s->ranges.add(kOther, kBytes);
    s->ranges.miss(*index);
    s->ranges.remove(*index);
  });
}

void an_address_that_is_given_out_again_is_not_ours(model::Program& program) {
  auto* s = program.make<Shared>();
  auto const index = s->ranges.add(kOurs, kBytes);
  program.thread("unmaps", [=] {
    bool const is_late = model::mutant("it is removed once it is unmapped");
    if (is_late) s->unmap();
    s->ranges.remove(*index);
    if (!is_late) s->unmap();
  });
  program.thread("faults elsewhere", [=] {
    if (s->take_address()) model::require(!s->ranges.find(kOurs), "somebody else's memory");
  });
  program.thread("maps another", [=] { (void)s->ranges.add(kOther, kBytes); });
}

// The word of one range becomes that of another: nobody sees half of each.
void no_address_between_two_ranges_is_ours(model::Program& program) {
  auto* s = program.make<Shared>();
  auto const index = s->ranges.add(kOurs, kBytes);
  program.thread("changes", [=] {
    s->ranges.remove(*index);
    (void)s->ranges.add(kOther, kBytes);
  });
  program.thread("faults elsewhere", [=] {
    for (std::uintptr_t const address : {kOurs - 1, kOurs + kBytes, kOther - 1, kOther + kBytes}) {
      model::require(!s->ranges.find(address), "found what was never there");
    }
  });
  program.finally([=] {
    model::require(s->ranges.find(kOther) && !s->ranges.find(kOurs), "not as it was left");
    model::require(s->ranges.add(kOurs, kBytes) && !s->ranges.add(0, kBytes), "not as many as fit");
  });
}

}  // namespace

int main(int argc, char** argv) {
  return model::Suite()
      .program("who has a mapping finds it", who_has_a_mapping_finds_it)
      .program("an address that is given out again is not ours",
               an_address_that_is_given_out_again_is_not_ours)
      .program("no address between two ranges is ours", no_address_between_two_ranges_is_ours)
      .mutates("mapped_ranges_model.cc")
      .run(argc, argv);
}
