// Unit: two copies of the core in one process, as two packages may bring them, do not know of each
// other and do each other no harm.
//
// Both are loaded as addons are: every name hidden but one, never unloaded. Their paths come from
// CMakeLists.txt.

#include <dlfcn.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <thread>

#include "base/check.h"
#include "sched/loaded.h"
#include "support/child.h"
#include "support/process.h"

using namespace heddle;

namespace {

constexpr unsigned kHangSeconds = 120;  // Who hangs is killed by SIGALRM.

struct Library {
  void* handle;
  test::LoadedCopy const* copy;

  explicit Library(char const* path) : handle(dlopen(path, RTLD_NOW | RTLD_LOCAL)) {
    if (handle == nullptr) std::fprintf(stderr, "%s\n", dlerror());
    CHECK(handle != nullptr);
    copy = static_cast<test::LoadedCopy const*>(dlsym(handle, test::kLoadedCopyName));
    CHECK(copy != nullptr);
  }
};

struct Both {
  Library first{HEDDLE_LOADED_FIRST};
  Library second{HEDDLE_LOADED_SECOND};

  Both() {
    CHECK(first.copy->own_variable() != second.copy->own_variable());
    CHECK(first.copy->start(2) && second.copy->start(2));
  }
};

template <class Body>
test::Ending in_child_with_both(Body body) {
  return test::in_child([&] {
    alarm(kHangSeconds);
    Both both;
    body(both);
  });
}

void sum_until_stolen(test::LoadedCopy const& copy) {
  for (int i = 0; i < 20 || copy.steals() == 0; ++i) CHECK(copy.sum(2000) == 1'999'000);
}

void both_run_at_once_and_end() {
  test::Ending const ending = in_child_with_both([](Both& both) {
    std::thread other([&] { sum_until_stolen(*both.second.copy); });
    sum_until_stolen(*both.first.copy);
    other.join();
    both.first.copy->stop();
    sum_until_stolen(*both.second.copy);
    CHECK(dlclose(both.first.handle) == 0);
    sum_until_stolen(*both.second.copy);
    both.second.copy->stop();
    CHECK(dlclose(both.second.handle) == 0);
    CHECK(test::are_gone("heddle/"));
  });
  CHECK_ENDING(ending, ending.is_exit(0) && ending.message.empty());
}

// With every destructor and handler of a normal end, and both still running.
void exit_with_both_running_is_clean() {
  test::Ending const ending = in_child_with_both([](Both& both) {
    sum_until_stolen(*both.first.copy);
    sum_until_stolen(*both.second.copy);
    std::exit(5);
  });
  CHECK_ENDING(ending, ending.is_exit(5) && ending.message.empty());
}

void an_overflow_in_either_has_its_message() {
  for (auto const which : {&Both::first, &Both::second}) {
    test::Ending const ending = in_child_with_both(
        [&](Both& both) { (both.*which).copy->overflow(); });
    CHECK_ENDING(ending, ending.is_killed_by(SIGSEGV) && ending.says("fiber stack overflow"));
  }
}

void an_overflow_after_the_other_has_gone_has_its_message() {
  test::Ending const ending = in_child_with_both([](Both& both) {
    both.second.copy->stop();
    CHECK(dlclose(both.second.handle) == 0);
    both.first.copy->overflow();
  });
  CHECK_ENDING(ending, ending.is_killed_by(SIGSEGV) && ending.says("fiber stack overflow"));
}

void a_fault_elsewhere_passes_through_both() {
  test::Ending const ending = test::in_child([] {
    alarm(kHangSeconds);
    signal(SIGSEGV, [](int) { _exit(9); });
    Both both;
    raise(SIGSEGV);
  });
  CHECK_ENDING(ending, ending.is_exit(9) && ending.message.empty());
}

}  // namespace

int main() {
  both_run_at_once_and_end();
  exit_with_both_running_is_clean();
  an_overflow_in_either_has_its_message();
  an_overflow_after_the_other_has_gone_has_its_message();
  a_fault_elsewhere_passes_through_both();
}
