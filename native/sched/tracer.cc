// Writing and reading the ring of a tracer.

#include "sched/tracer.h"

namespace heddle {

void Tracer::append(TraceKind kind, std::uint64_t subject, std::uint32_t other) {
  // Acquire pairs with start(). Another thread may have turned it on a moment ago.
  Ring* const ring = ring_.load(acquire);
  if (ring == nullptr) return;
  std::uint64_t const n = ring->begun.load(relaxed);
  // An exchange, to acquire what events() releases: if a reader asked before this, it has copied
  // the slot before it is written (T1).
  (void)ring->begun.exchange(n + 1, acquire);
  Slot& slot = ring->slots[n & ring->mask];
  slot.time_ns.store(now_ns(), relaxed);
  slot.subject.store(subject, relaxed);
  slot.kind.store(kind, relaxed);
  slot.other.store(other, relaxed);
  // Release pairs with events(): the slot.
  ring->written.store(n + 1, release);
}

std::vector<TraceEvent> Tracer::events() const {
  std::vector<TraceEvent> events;
  // Acquire pairs with start().
  Ring* const ring = ring_.load(acquire);
  if (ring == nullptr) return events;
  // Acquire pairs with append(): every slot up to here.
  std::uint64_t const end = ring->written.load(acquire);
  std::uint64_t const oldest = end > ring->mask + 1 ? end - ring->mask - 1 : 0;
  std::uint64_t const begin = std::max(oldest, ring->first.load(relaxed));
  for (std::uint64_t n = begin; n < end; ++n) {
    Slot const& slot = ring->slots[n & ring->mask];
    events.push_back({slot.time_ns.load(relaxed), slot.subject.load(relaxed),
                      slot.kind.load(relaxed), slot.other.load(relaxed)});
  }
  // T1: a read-modify-write has the newest value. Release pairs with append()'s exchange: what this
  // does not count was begun after the loads above.
  std::uint64_t const begun = ring->begun.fetch_add(0, release);
  std::uint64_t const safe = begun > ring->mask + 1 ? begun - ring->mask - 1 : 0;
  if (safe > begin) {
    events.erase(events.begin(), events.begin() + std::ptrdiff_t(std::min(safe, end) - begin));
  }
  return events;
}

std::uint64_t Tracer::lost() const {
  // Acquire pairs with start().
  Ring* const ring = ring_.load(acquire);
  if (ring == nullptr) return 0;
  std::uint64_t const recorded = ring->written.load(relaxed) - ring->first.load(relaxed);
  return recorded > ring->mask + 1 ? recorded - ring->mask - 1 : 0;
}

}  // namespace heddle
