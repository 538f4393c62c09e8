// Where a waiter stands: on a fiber, in a worker, or on a thread of somebody else's.

#include "sched/waiter.h"

#include "sched/worker.h"

namespace heddle {

namespace {

constinit thread_local Parker parker;

}  // namespace

Parker& own_parker() {
  return parker;
}

bool may_wait() {
  return on_fiber() || Worker::current() == nullptr;
}

}  // namespace heddle
