#pragma once
// Threads that begin together: one that starts late may find nothing left to race with.

#include <barrier>
#include <cstddef>
#include <thread>
#include <vector>

namespace heddle::test {

// Runs body(0) to body(count - 1), each on a thread of its own, from the same moment on.
// Returns when all have ended.
template <class Body>
void run_together(std::size_t count, Body body) {
  std::barrier start(static_cast<std::ptrdiff_t>(count));
  std::vector<std::thread> threads;
  for (std::size_t i = 0; i < count; ++i) {
    threads.emplace_back([&, i] {
      start.arrive_and_wait();
      body(i);
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace heddle::test
