#pragma once
// The task stack of the fiber that the calling thread runs, or nullptr.

namespace heddle {

class TaskStack;

extern constinit thread_local TaskStack* running_tasks;

}  // namespace heddle
