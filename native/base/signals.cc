// Only async-signal-safe calls.

#include "base/signals.h"

namespace heddle {

void pass_on_signal(struct sigaction const& before, int number, siginfo_t* info, void* context) {
  if ((before.sa_flags & SA_SIGINFO) != 0) return before.sa_sigaction(number, info, context);
  auto* const handler = before.sa_handler;
  if (handler != SIG_DFL && handler != SIG_IGN) return handler(number);
  bool const was_sent = info->si_code <= 0;  // By kill() and its like: it comes only once.
  if (was_sent && handler == SIG_IGN) return;
  signal(number, SIG_DFL);
  if (was_sent) raise(number);
}

}  // namespace heddle
