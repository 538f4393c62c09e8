#pragma once
// What the core needs of a thread that belongs to an isolate.

#include <cstddef>

#include "fiber/fiber.h"
#include "fiber/overflow.h"

namespace heddle {

struct IsolateThread {
  IsolateThread();   // On the thread itself.
  ~IsolateThread();  // As well.
  IsolateThread(IsolateThread const&) = delete;
  IsolateThread& operator=(IsolateThread const&) = delete;

  // True if there is room to run more on top of what runs: a quarter of the stack. On such a
  // thread.
  static bool has_stack_left();

  Host host;
  SignalStack signal_stack;
};

}  // namespace heddle
