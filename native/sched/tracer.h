#pragma once
// What a worker did and when: a ring of its last events, kept only while somebody wants them.
//
// Off, an event costs one load and a branch, and only where work moves between threads or sleeps:
// nothing is recorded of a fork and a join that no thief has met, so they cost the same.
//
// Rules, cited below by name:
//   T1  Only its worker writes. A reader copies first and asks afterwards how far the worker has
//       come: what may have been overwritten meanwhile it leaves out.
//   T2  The memory stays until the tracer is destroyed, so that stop() needs to wait for nobody.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <vector>

#include "base/atomic.h"
#include "base/check.h"
#include "base/clock.h"

namespace heddle {

enum class TraceKind : std::uint32_t {
  Fork,     // Tasks were shared. Subject: the task stack.
  Help,     // Tasks were shared for an owner in a long leaf. Subject: the worker's index.
  Steal,    // A task or a job was taken. Subject: the task or the job.
  Run,      // A fiber was entered. Subject: the fiber's id.
  Suspend,  // It has left, to be resumed. Subject: the fiber's id.
  End,      // It has left, with nothing more to do. Subject: the fiber's id.
  Resume,   // A fiber was made ready. Subject: the fiber's id.
  Park,     // The worker goes to sleep. Subject: 0.
  Wake,     // It was woken. Subject: 0.
};

struct TraceEvent {
  std::uint64_t time_ns;  // CLOCK_MONOTONIC.
  std::uint64_t subject;
  TraceKind kind;
};

class Tracer {
 public:
  Tracer() = default;
  ~Tracer() { delete ring_.load(relaxed); }
  Tracer(Tracer const&) = delete;
  Tracer& operator=(Tracer const&) = delete;

  // Keeps the last `events` events from here on, rounded up to a power of two; the first call
  // decides how many. False: no memory. One thread at a time, any.
  [[nodiscard]] bool start(std::size_t events) {
    Ring* ring = ring_.load(relaxed);
    if (ring == nullptr) {
      ring = new (std::nothrow) Ring(events);
      if (ring == nullptr || ring->slots == nullptr) {
        delete ring;
        return false;
      }
      // Release pairs with record(): the ring.
      ring_.store(ring, release);
    }
    is_on_.store(true, relaxed);
    return true;
  }

  // As start(). An event that is being recorded may still come.
  void stop() { is_on_.store(false, relaxed); }

  bool is_on() const { return is_on_.load(relaxed); }

  // Its worker only.
  void record(TraceKind kind, std::uint64_t subject) {
    if (is_on()) [[unlikely]]
      append(kind, subject);
  }

  // The events that are still there, oldest first. Any thread.
  std::vector<TraceEvent> events() const;

 private:
  struct Slot {  // Atomic, since a reader may come at any time; relaxed, by T1.
    Atomic<std::uint64_t> time_ns{0};
    Atomic<std::uint64_t> subject{0};
    Atomic<TraceKind> kind{};
  };

  struct Ring {
    explicit Ring(std::size_t events) : slots(new (std::nothrow) Slot[round_up(events)]) {
      mask = round_up(events) - 1;
    }
    static std::size_t round_up(std::size_t n) {
      std::size_t power = 1;
      while (power < n) power *= 2;
      return power;
    }
    std::unique_ptr<Slot[]> slots;
    std::size_t mask;
    Atomic<std::uint64_t> begun{0};  // Events that were begun to be written.
    Atomic<std::uint64_t> written{0};
  };

  [[gnu::noinline, gnu::cold]] void append(TraceKind kind, std::uint64_t subject);

  Atomic<bool> is_on_{false};
  Atomic<Ring*> ring_{nullptr};
};

}  // namespace heddle
