#pragma once
// Threads that report failure as a value and never take the host program's signals.

#include <pthread.h>

#include <cstddef>
#include <cstdint>

#include "base/process.h"
#include "base/result.h"

namespace heddle {

class Thread {
 public:
  using Body = void (*)(void* arg);

  // Our own, because the system's depends on `ulimit -s` as it was when the program began: 64 KiB
  // would be too little, and 8 MiB is so much that the C library keeps only five for later.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  static constexpr std::size_t kStackBytes = std::size_t{8} << 20;  // They keep much on it, too.
#else
  static constexpr std::size_t kStackBytes = std::size_t{1} << 20;
#endif

  Thread() = default;
  Thread(Thread const&) = delete;
  Thread& operator=(Thread const&) = delete;
  ~Thread();  // Must have been joined.

  // Starts body(arg) with every signal blocked but faults: signals are the host's own.
  // `name` is cut to 15 bytes, the system's limit. Fails with EAGAIN at the limit of threads,
  // or when there is no memory for its stack.
  Result<void> start(char const* name, Body body, void* arg);

  // Lets it run on one processor only, by the kernel's number. Fails with EINVAL where this
  // process may not use that one.
  Result<void> pin(std::uint32_t processor);

  // Waits for the body's end. Does nothing if it was never started, and in a child of fork(),
  // where there is no such thread.
  void join();

  bool is_started() const {
    return started_;
  }
  pthread_t handle() const {
    return thread_;
  }

 private:
  static void* run(void* self);

  pthread_t thread_{};
  char name_[16] = {};
  Body body_ = nullptr;
  void* arg_ = nullptr;
  bool started_ = false;
  Origin origin_;  // Of the thread, once it is started.
};

}  // namespace heddle
