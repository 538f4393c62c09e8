// Counting forks.

#include "base/process.h"

#include <pthread.h>

#include <cstdio>
#include <cstdlib>

#include "base/check.h"

namespace heddle {

namespace detail {

constinit Atomic<std::uint32_t> forks{0};

void used_after_fork(char const* what) {
  std::fprintf(stderr,
               "heddle: %s was made before fork(), and its threads are in the parent process. "
               "Make a new one in the child\n",
               what);
  std::abort();
}

}  // namespace detail

namespace {

void count_fork() {
  detail::forks.fetch_add(1, relaxed);
}

// As the library is loaded, so before anything can have an Origin. The C library takes the
// handler off when it unloads us.
[[gnu::constructor]] void watch_forks() {
  CHECK(pthread_atfork(nullptr, nullptr, count_fork) == 0);
}

}  // namespace

}  // namespace heddle
