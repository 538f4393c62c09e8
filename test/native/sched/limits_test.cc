// Unit: what the system refuses is an error that leaves nothing behind, and its limits of stack
// and memory neither crash a scheduler nor starve it.
//
// pthread_create() is replaced by one that fails when it is told to; the limits are set in
// children.

#include <dlfcn.h>
#include <malloc.h>
#include <pthread.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>

#include "base/thread.h"
#include "sched/harness.h"
#include "sched/sum.h"
#include "support/child.h"
#include "support/counts.h"
#include "support/process.h"

using namespace heddle;

namespace {

constexpr unsigned kHangSeconds = 120;  // Who hangs is killed by SIGALRM.

// How many threads may still be started; any number if negative.
int threads_left = -1;

}  // namespace

extern "C" int pthread_create(pthread_t* thread, pthread_attr_t const* attributes,
                              void* (*run)(void*), void* arg) {
  using Real = int (*)(pthread_t*, pthread_attr_t const*, void* (*)(void*), void*);
  static auto const real = reinterpret_cast<Real>(dlsym(RTLD_NEXT, "pthread_create"));
  if (threads_left == 0) return EAGAIN;
  if (threads_left > 0) --threads_left;
  return real(thread, attributes, run, arg);
}

namespace {

// Starts and stops are one thread's work here; a joined thread is in /proc for a moment still.
test::Counts settled() {
  CHECK(test::are_gone("heddle/"));
  return test::Counts::now();
}

void fail_at_every_thread() {
  for (int k = 0; k < 8; ++k) {
    threads_left = k;
    auto const started = Scheduler::start({.threads = 8});
    CHECK(!started.ok() && started.error() == Errno(EAGAIN));
    threads_left = -1;
  }
}

void a_thread_that_cannot_be_started_is_an_errno_and_leaves_nothing() {
  // Mappings come and go with arenas otherwise, one for each thread that allocates.
  mallopt(M_ARENA_MAX, 1);
  // The C library keeps stacks for threads to come, and grows its heap; both have their size now.
  for (int i = 0; i < 3; ++i) fail_at_every_thread();
  test::Counts const before = settled();
  for (int i = 0; i < 10; ++i) fail_at_every_thread();
  test::Counts const after = settled();
  before.print("before");
  after.print("after");
  CHECK(after.threads == before.threads && after.descriptors == before.descriptors);
  CHECK(after.objects == before.objects);
  // One lost in each failure would be 80. What was two may also have become one, or one two.
  if (!test::kSanitized && !test::is_emulated()) CHECK(after.mappings <= before.mappings + 5);

  test::Started works({.threads = 8});
  test::check_sums_until_stolen(works);
}

// In a new program: the C library looks at the limit once, as it begins.
int check_stacks() {
  alarm(kHangSeconds);
  test::Started scheduler({.threads = 2});
  Atomic<bool> done{false};
  scheduler->submit(test::plain_job([&] {
    pthread_attr_t attributes;
    CHECK(pthread_getattr_np(pthread_self(), &attributes) == 0);
    void* low = nullptr;
    std::size_t bytes = 0;
    CHECK(pthread_attr_getstack(&attributes, &low, &bytes) == 0);
    pthread_attr_destroy(&attributes);
    // Some of it is the guard's and thread-local variables'.
    CHECK(bytes >= Thread::kStackBytes * 7 / 8 && bytes <= Thread::kStackBytes * 9 / 8);
    char volatile room[Thread::kStackBytes / 2];
    for (std::size_t i = 0; i < sizeof room; i += 1024) room[i] = char(i);
    done.store(true, relaxed);
  }));
  test::wait_until([&] { return done.load(relaxed); });
  test::check_sums_until_stolen(scheduler);
  return 0;
}

void a_worker_has_a_sane_stack_whatever_the_limit_is() {
  if (test::is_emulated()) {
    std::printf("skipped: an emulator runs no new program\n");
    return;
  }
  for (rlim_t bytes : {rlim_t{64 * 1024}, rlim_t{RLIM_INFINITY}, rlim_t{8 << 20}}) {
    std::string const name = bytes == RLIM_INFINITY ? "unlimited" : std::to_string(bytes / 1024);
    if (test::kSanitized && bytes < 8 << 20) {
      std::printf("skipped: a stack of %s KiB under a sanitizer\n", name.c_str());
      continue;
    }
    test::Ending const ending = test::in_child([&] {
      rlimit limit{};
      CHECK(getrlimit(RLIMIT_STACK, &limit) == 0);
      limit.rlim_cur = bytes;
      if (bytes == RLIM_INFINITY) limit.rlim_max = bytes;
      if (setrlimit(RLIMIT_STACK, &limit) != 0) _exit(77);
      char program[] = "/proc/self/exe", check[] = "--check-stacks";
      char* const arguments[] = {program, check, nullptr};
      execv(program, arguments);
      CHECK(!"execv");
    });
    if (ending.is_exit(77)) {
      std::printf("skipped: a limit of %s cannot be set here\n", name.c_str());
      continue;
    }
    CHECK_ENDING(ending, ending.is_exit(0));
  }
}

std::size_t mapped_bytes() {
  std::FILE* file = std::fopen("/proc/self/statm", "r");
  CHECK(file != nullptr);
  unsigned long pages = 0;
  CHECK(std::fscanf(file, "%lu", &pages) == 1);
  std::fclose(file);
  return pages * std::size_t(sysconf(_SC_PAGESIZE));
}

// From nothing left to enough, in small steps, so that every mapping of a start is refused once.
void too_little_memory_is_an_errno_and_no_crash() {
  if (test::kSanitized || test::is_emulated()) {
    std::printf("skipped: RLIMIT_AS under a sanitizer or an emulator\n");
    return;
  }
  constexpr int kFailed = 1, kWorked = 2;
  int failures = 0, successes = 0;
  for (std::size_t left = 0; successes < 3; left += 64 * 1024) {
    CHECK(left < std::size_t{1} << 30);
    test::Ending const ending = test::in_child([&] {
      alarm(kHangSeconds);
      rlim_t const bytes = mapped_bytes() + left;
      rlimit const limit{bytes, bytes};
      CHECK(setrlimit(RLIMIT_AS, &limit) == 0);
      auto const started = Scheduler::start({.threads = 4});
      if (!started.ok()) {
        // EAGAIN is what the C library makes of a thread's stack that it cannot map.
        CHECK(started.error() == Errno(ENOMEM) || started.error() == Errno(EAGAIN));
        CHECK(test::are_gone("heddle/"));
        _exit(kFailed);
      }
      std::uint64_t sum = 0;
      run(*started.value(), [&] { sum = test::Sum{0, 1000}(); });
      CHECK(sum == 499'500);
      started.value()->stop();
      _exit(kWorked);
    });
    CHECK_ENDING(ending, ending.is_exit(kFailed) || ending.is_exit(kWorked));
    ++(ending.is_exit(kFailed) ? failures : successes);
  }
  std::printf("a start failed %d times for memory\n", failures);
  CHECK(failures > 3);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 2 && std::strcmp(argv[1], "--check-stacks") == 0) return check_stacks();
  too_little_memory_is_an_errno_and_no_crash();
  a_worker_has_a_sane_stack_whatever_the_limit_is();
  a_thread_that_cannot_be_started_is_an_errno_and_leaves_nothing();
}
