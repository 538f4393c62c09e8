#pragma once
// What a signal handler of ours does with signals that are not for it.

#include <signal.h>

namespace heddle {

// Does what would have happened without us: `before` is the action that ours has replaced. For
// faults and for signals that were sent. In a signal handler only.
void pass_on_signal(struct sigaction const& before, int number, siginfo_t* info, void* context);

}  // namespace heddle
