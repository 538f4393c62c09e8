#pragma once
// Threads that report failure as a value and never take the host program's signals.

#include <pthread.h>

#include "base/result.h"

namespace heddle {

class Thread {
 public:
  using Body = void (*)(void* arg);

  Thread() = default;
  Thread(Thread const&) = delete;
  Thread& operator=(Thread const&) = delete;
  ~Thread();  // Must have been joined.

  // Starts body(arg) with every signal blocked but faults: signals are the host's own.
  // `name` is cut to 15 bytes, the system's limit. Fails with EAGAIN at the limit of threads.
  Result<void> start(char const* name, Body body, void* arg);

  // Waits for the body's end. Does nothing if it was never started.
  void join();

  bool is_started() const { return started_; }
  pthread_t handle() const { return thread_; }

 private:
  static void* run(void* self);

  pthread_t thread_{};
  Body body_ = nullptr;
  void* arg_ = nullptr;
  bool started_ = false;
};

}  // namespace heddle
