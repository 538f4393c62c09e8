// The table itself.

#include "runtime/layout.h"

#include <cstddef>

#include "sched/task_stack.h"

namespace heddle {

namespace {

using Deque = SplitDeque<Task>;

constexpr LayoutEntry kTaskLayout[] = {
    {"TASK", "bytes", sizeof(Task), "one record; marks move by as much"},
    {"TASK", "run", offsetof(Task, run), "the function, 8 bytes"},
    {"TASK", "state", offsetof(Task, state), "8 bytes; only slow paths touch it"},
    {"TASK", "thief", offsetof(Task, thief), "8 bytes; only slow paths touch it"},
    {"TASK", "payload", offsetof(Task, payload), "arguments, then the result"},
    {"TASK", "payloadBytes", kPayloadBytes, ""},
    {"DEQUE", "head", std::uint32_t(Deque::layout().head), "Int32: where the next record goes"},
    {"DEQUE", "forkLimit", std::uint32_t(Deque::layout().fork_limit),
     "Int32: a fork whose next head is above goes to the slow path"},
    {"DEQUE", "joinLimit", std::uint32_t(Deque::layout().join_limit),
     "Int32: a join whose head is below goes to the slow path"},
    {"DEQUE", "slots", std::uint32_t(Deque::layout().slots), "where the records begin"},
    {"DEQUE", "blocked", Deque::kBlocked, "the join limit that stops every join"},
};

}  // namespace

std::span<LayoutEntry const> task_layout() {
  return kTaskLayout;
}

}  // namespace heddle
