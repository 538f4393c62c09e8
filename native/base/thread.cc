// Starting and joining a thread.

#include "base/thread.h"

#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>

#include <cstring>
#include <vector>

#include "base/check.h"

namespace heddle {

namespace {

// pthread_create() with a stack of our size.
int create(pthread_t& thread, void* (*run)(void*), void* arg) {
  pthread_attr_t attributes;
  int error = pthread_attr_init(&attributes);
  if (error != 0) return error;
  CHECK(pthread_attr_setstacksize(&attributes, Thread::kStackBytes) == 0);
  error = pthread_create(&thread, &attributes, run, arg);
  CHECK(pthread_attr_destroy(&attributes) == 0);
  return error;
}

}  // namespace

Thread::~Thread() {
  CHECK(!started_ || !origin_.is_here());
}

Result<void> Thread::start(char const* name, Body body, void* arg) {
  CHECK(!started_);
  std::strncpy(name_, name, sizeof(name_) - 1);
  body_ = body;
  arg_ = arg;
  origin_ = Origin();
  sigset_t blocked, before;
  sigfillset(&blocked);
  // A fault must reach its handler: blocked, it kills the process without a word.
  for (int fault : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGTRAP, SIGABRT}) sigdelset(&blocked, fault);
  CHECK(pthread_sigmask(SIG_SETMASK, &blocked, &before) == 0);
  int error = create(thread_, run, this);
  CHECK(pthread_sigmask(SIG_SETMASK, &before, nullptr) == 0);
  if (error != 0) return Errno(error);
  started_ = true;
  return {};
}

Result<void> Thread::pin(std::uint32_t processor) {
  CHECK(started_);
  std::vector<cpu_set_t> set(processor / CPU_SETSIZE + 1);  // Zeroed; there are larger machines.
  std::size_t const bytes = set.size() * sizeof(cpu_set_t);
  CPU_SET_S(processor, bytes, set.data());
  int const error = pthread_setaffinity_np(thread_, bytes, set.data());
  if (error != 0) return Errno(error);
  return {};
}

void Thread::join() {
  if (!started_) return;
  if (origin_.is_here()) CHECK(pthread_join(thread_, nullptr) == 0);
  started_ = false;
}

void* Thread::run(void* self) {
  auto& thread = *static_cast<Thread*>(self);
  // Only for people who look. Another thread would have to write it to a file in /proc.
  (void)prctl(PR_SET_NAME, thread.name_);
  thread.body_(thread.arg_);
  return nullptr;
}

}  // namespace heddle
