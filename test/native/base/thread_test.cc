// Unit: a thread runs its body with every signal blocked, is joined, and can start again.

#include "base/thread.h"

#include <pthread.h>
#include <signal.h>

#include "base/check.h"

using namespace heddle;

namespace {

struct Seen {
  bool blocks_signals = false;
};

void look(void* arg) {
  auto& seen = *static_cast<Seen*>(arg);
  sigset_t blocked;
  CHECK(pthread_sigmask(SIG_SETMASK, nullptr, &blocked) == 0);
  seen.blocks_signals = sigismember(&blocked, SIGTERM) == 1 && sigismember(&blocked, SIGINT) == 1;
}

void a_body_runs_with_every_signal_blocked() {
  Seen seen;
  Thread thread;
  CHECK(!thread.is_started());
  CHECK(thread.start("looker", look, &seen).ok());
  CHECK(thread.is_started());
  thread.join();
  CHECK(!thread.is_started());
  CHECK(seen.blocks_signals);

  sigset_t blocked;
  CHECK(pthread_sigmask(SIG_SETMASK, nullptr, &blocked) == 0);
  CHECK(sigismember(&blocked, SIGTERM) == 0);  // The starter's own are as before.
}

void a_long_name_is_cut() {
  Seen seen;
  Thread thread;
  CHECK(thread.start("a name of more than fifteen bytes", look, &seen).ok());
  thread.join();
}

void joining_what_never_started_does_nothing() {
  Thread thread;
  thread.join();
}

void a_thread_can_be_started_again() {
  Seen seen;
  Thread thread;
  for (int i = 0; i < 2; ++i) {
    CHECK(thread.start("again", look, &seen).ok());
    thread.join();
  }
}

}  // namespace

int main() {
  a_body_runs_with_every_signal_blocked();
  a_long_name_is_cut();
  joining_what_never_started_does_nothing();
  a_thread_can_be_started_again();
}
