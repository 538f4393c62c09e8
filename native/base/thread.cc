// Starting and joining a thread.

#include "base/thread.h"

#include <signal.h>

#include <cstring>

#include "base/check.h"

namespace heddle {

Thread::~Thread() {
  CHECK(!started_);
}

Result<void> Thread::start(char const* name, Body body, void* arg) {
  CHECK(!started_);
  body_ = body;
  arg_ = arg;
  sigset_t blocked, before;
  sigfillset(&blocked);
  // A fault must reach its handler: blocked, it kills the process without a word.
  for (int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT}) sigdelset(&blocked, fault);
  CHECK(pthread_sigmask(SIG_SETMASK, &blocked, &before) == 0);
  int error = pthread_create(&thread_, nullptr, run, this);
  CHECK(pthread_sigmask(SIG_SETMASK, &before, nullptr) == 0);
  if (error != 0) return Errno(error);
  started_ = true;
  char cut[16] = {};
  std::strncpy(cut, name, sizeof(cut) - 1);
  (void)pthread_setname_np(thread_, cut);  // Only for people who look.
  return {};
}

void Thread::join() {
  if (!started_) return;
  CHECK(pthread_join(thread_, nullptr) == 0);
  started_ = false;
}

void* Thread::run(void* self) {
  auto& thread = *static_cast<Thread*>(self);
  thread.body_(thread.arg_);
  return nullptr;
}

}  // namespace heddle
