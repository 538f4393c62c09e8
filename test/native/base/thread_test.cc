// Unit: a thread runs its body with every signal blocked, is joined, can start again, has a stack
// of our size, and can be pinned.

#include "base/thread.h"

#include <pthread.h>
#include <sched.h>
#include <signal.h>

#include <cerrno>

#include "base/atomic.h"
#include "base/check.h"
#include "base/topology.h"

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

void a_thread_has_a_stack_of_our_size() {
  std::size_t bytes = 0;
  Thread thread;
  auto const measure = [](void* arg) {
    pthread_attr_t attributes;
    CHECK(pthread_getattr_np(pthread_self(), &attributes) == 0);
    void* low = nullptr;
    CHECK(pthread_attr_getstack(&attributes, &low, static_cast<std::size_t*>(arg)) == 0);
    pthread_attr_destroy(&attributes);
  };
  CHECK(thread.start("measurer", measure, &bytes).ok());
  thread.join();
  CHECK(bytes >= Thread::kStackBytes * 7 / 8 && bytes <= Thread::kStackBytes * 9 / 8);
}

void a_thread_can_be_pinned() {
  Atomic<bool> may_end{false};
  Thread thread;
  auto const wait = [](void* arg) {
    while (!static_cast<Atomic<bool>*>(arg)->load(relaxed)) sched_yield();
  };
  CHECK(thread.start("pinned", wait, &may_end).ok());
  std::uint32_t const last = allowed_processors().back();
  CHECK(thread.pin(last).ok());
  cpu_set_t set;
  CHECK(pthread_getaffinity_np(thread.handle(), sizeof set, &set) == 0);
  CHECK(CPU_COUNT(&set) == 1 && CPU_ISSET(last, &set));
  CHECK(thread.pin(60'000).error() == Errno(EINVAL));  // No machine has that many.
  may_end.store(true, relaxed);
  thread.join();
}

}  // namespace

int main() {
  a_body_runs_with_every_signal_blocked();
  a_long_name_is_cut();
  joining_what_never_started_does_nothing();
  a_thread_can_be_started_again();
  a_thread_has_a_stack_of_our_size();
  a_thread_can_be_pinned();
}
