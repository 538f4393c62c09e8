#pragma once
// What a worker did and when: a ring of its last events, kept only while somebody wants them.
//
// Off, an event costs one load and a branch, and only where work moves between threads or sleeps:
// nothing is recorded of a fork and a join that no thief has met, so they cost the same.
//
// Rules, cited below by name:
//   T1  Only its worker writes. A reader copies first and asks afterwards how far the worker has
//       come: what may have been overwritten meanwhile it leaves out.
//   T2  The memory stays until the tracer is destroyed, so that stop() needs to wait for nobody,
//   and
//       a larger ring can take the place of one that is being written.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <utility>
#include <vector>

#include "base/atomic.h"
#include "base/check.h"
#include "base/clock.h"

namespace heddle {

// The numbers are a contract with lib/trace-rows.ts.
enum class TraceKind : std::uint32_t {
  //           what has happened                       subject            other
  Fork,       // Tasks were shared.                    the task stack
  Help,       // The same for an owner in a long leaf. its index
  Steal,      // A task or a job was taken.            the task or job    the victim's index
  Run,        // A fiber was entered.                  its trace_id()     its label, or 0
  Suspend,    // It has left, to be resumed.           its trace_id()
  End,        // It has left for good.                 its trace_id()
  Resume,     // A fiber was made ready.               its trace_id()
  Park,       // The worker goes to sleep.
  Wake,       // It was woken.                         when, or 0         by whom: Roused::by
  SpanBegin,  // Something with a name begins.                            its label; 0: a plain job
  SpanEnd,    // The last of these to begin has ended.
};

struct TraceEvent {
  std::uint64_t time_ns;  // CLOCK_MONOTONIC.
  std::uint64_t subject;
  TraceKind kind;
  std::uint32_t other;
};

class Tracer {
 public:
  Tracer() = default;
  ~Tracer() {
    for (Ring* ring = ring_.load(relaxed); ring != nullptr;)
      delete std::exchange(ring, ring->before);
  }
  Tracer(Tracer const&) = delete;
  Tracer& operator=(Tracer const&) = delete;

  // Keeps the last `events` events from here on, and forgets all before. At least as many, rounded
  // up to a power of two: a ring that was larger is used again. False: no memory. One thread at a
  // time, any.
  [[nodiscard]] bool start(std::size_t events) {
    Ring* const ring = ring_.load(relaxed);
    if (ring == nullptr || ring->mask + 1 < events) {
      auto* const larger = new (std::nothrow) Ring(events, ring);
      if (larger == nullptr || larger->slots == nullptr) {
        delete larger;
        return false;
      }
      // Release pairs with append() and events(): the ring.
      ring_.store(larger, release);
    } else {
      ring->first.store(ring->written.load(relaxed), relaxed);
    }
    is_on_.store(true, relaxed);
    return true;
  }

  // As start(). An event that is being recorded may still come.
  void stop() { is_on_.store(false, relaxed); }

  bool is_on() const { return is_on_.load(relaxed); }

  // Its worker only.
  void record(TraceKind kind, std::uint64_t subject = 0, std::uint32_t other = 0) {
    if (is_on()) [[unlikely]]
      append(kind, subject, other);
  }

  // The events since start() that are still there, oldest first. Not while that runs; any thread.
  std::vector<TraceEvent> events() const;

  // How many since then are not, about. The same.
  std::uint64_t lost() const;

 private:
  struct Slot {  // Atomic, since a reader may come at any time; relaxed, by T1.
    Atomic<std::uint64_t> time_ns{0};
    Atomic<std::uint64_t> subject{0};
    Atomic<TraceKind> kind{};
    Atomic<std::uint32_t> other{0};
  };

  struct Ring {
    Ring(std::size_t events, Ring* smaller)
        : slots(new (std::nothrow) Slot[round_up(events)]),
          mask(round_up(events) - 1),
          before(smaller) {}
    static std::size_t round_up(std::size_t n) {
      std::size_t power = 1;
      while (power < n) power *= 2;
      return power;
    }
    std::unique_ptr<Slot[]> slots;
    std::size_t const mask;
    Ring* const before;              // T2: somebody may still write there.
    Atomic<std::uint64_t> begun{0};  // Events that were begun to be written.
    Atomic<std::uint64_t> written{0};
    Atomic<std::uint64_t> first{0};  // The first that is wanted.
  };

  [[gnu::noinline, gnu::cold]] void append(TraceKind kind, std::uint64_t subject,
                                           std::uint32_t other);

  Atomic<bool> is_on_{false};
  Atomic<Ring*> ring_{nullptr};
};

}  // namespace heddle
