// What a task stack does beyond its end.

#include "sched/task_stack.h"

#include <cstring>

#include "base/check.h"
#include "sched/kernel_context.h"

namespace heddle {

void TaskStack::run_overflow() {
  // Out of the spare slot first: what the task forks itself will need it.
  auto* overflow = new Overflow;
  Task const& spare = deque.slot(deque.head());
  overflow->task.run = spare.run;
  std::memcpy(overflow->task.payload, spare.payload, kPayloadBytes);
  overflow->task.run(overflow->task, KernelContext(deque));
  overflow->below = overflow_;
  overflow_ = overflow;
  deque.keep_blocked(true);
}

void TaskStack::drop_overflow() {
  CHECK(has_overflow());
  Overflow* dropped = overflow_;
  overflow_ = dropped->below;
  delete dropped;
  if (!has_overflow()) deque.keep_blocked(false);
}

}  // namespace heddle
