#pragma once
// Waiting on a fiber: leave the stack, and be resumed on the worker that started it.

#include "base/list.h"
#include "fiber/fiber.h"

namespace heddle {

// Leaves the running fiber, then runs publish(fiber, arg) on the worker's own stack, so that
// whoever resumes the fiber can never run a stack that is still in use. Returns when it was
// resumed. What the fiber has forked can be stolen in the meantime. On a fiber only.
void suspend(void (*publish)(Fiber& self, void* arg), void* arg);

// Makes a suspended fiber ready on its worker, and wakes the worker if it sleeps. The fiber may
// have ended when this returns, but its scheduler must still be there. Any thread.
void resume(Fiber& fiber);

// The same for many: one push and at most one wake a worker. Any thread.
void resume_all(Queue<Fiber>& fibers);

// Lets what else is ready on this worker run first, injected jobs too. For work that goes on for
// milliseconds without waiting. On a fiber only.
void yield();

// True on a fiber of a scheduler: where one may wait, fork and join.
bool on_fiber();

}  // namespace heddle
