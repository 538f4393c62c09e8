#pragma once
// Who waits for a value that one thread brings while another still adds to those who wait.
//
//   top_         meaning                          left by
//   null, Edge*  the value has not come           add (CAS), close (exchange)
//   closed       it has; everybody was told       nobody
//
// Rules, cited below by name:
//   E1  Who adds is one thread, who closes is one other, once.
//   E2  An edge is told exactly once: by close(), or, where add() refuses it, by whoever adds.
//   E3  What was written before close() may be read by who was refused, and what was written
//       before add() by who closes.

#include <cstdint>

#include "base/atomic.h"

namespace heddle {

template <class Edge>
class Waiters {
 public:
  // False: the value is there, and the edge was not taken. The adding thread only.
  [[nodiscard]] bool add(Edge& edge) {
    // Nobody but us makes it an edge (E1), so one attempt is enough: it fails if it was closed.
    Edge* top = top_.load(relaxed);
    if (top != closed()) {
      edge.next = top;
      // Release publishes the edge to close() (E3).
      if (top_.compare_exchange_strong(top, &edge, release, relaxed)) return true;
    }
    // Acquire pairs with close(): the value (E3).
    (void)top_.load(acquire);
    return false;
  }

  // All that wait, newest first. Once, by whoever brings the value.
  Edge* close() {
    // Release publishes the value to add(), acquire takes the edges over from it (E3).
    return top_.exchange(closed(), acq_rel);
  }

 private:
  static Edge* closed() { return reinterpret_cast<Edge*>(std::uintptr_t{1}); }

  Atomic<Edge*> top_{nullptr};
};

}  // namespace heddle
