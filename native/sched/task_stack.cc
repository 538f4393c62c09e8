// What a task stack does beyond its end.

#include "sched/task_stack.h"

#include <cstring>

#include "base/check.h"

namespace heddle {

void TaskStack::run_overflow() {
  // Out of the spare slot first: what the task forks itself will need it.
  auto* overflow = new Overflow;
  Task& spare = deque.slot_to_fill();
  overflow->task.run = spare.run;
  std::memcpy(overflow->task.payload, spare.payload, kPayloadBytes);
  overflow->task.run(overflow->task);
  overflow->below = overflow_;
  overflow_ = overflow;
  deque.block_pops();
}

void TaskStack::drop_overflow() {
  CHECK(has_overflow());
  Overflow* dropped = overflow_;
  overflow_ = dropped->below;
  delete dropped;
  if (!has_overflow()) deque.unblock_pops();
}

}  // namespace heddle
