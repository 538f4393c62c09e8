// Unit: fork and join give the right result and are shared where the surroundings are poor:
// membarrier refused, one processor for all workers, half a processor's quota.
//
// Every case is a child, which whoever hangs in is killed by SIGALRM.

#include <sched.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <string>
#include <vector>

#include "base/membarrier.h"
#include "base/quota.h"
#include "base/topology.h"
#include "sched/harness.h"
#include "sched/sum.h"
#include "support/child.h"
#include "support/poor_kernel.h"
#include "support/process.h"

using namespace heddle;

namespace {

constexpr unsigned kHangSeconds = 300;
constexpr int kCannot = test::kCannotFilter;

void check_sums(std::uint32_t threads) {
  test::Started scheduler({.threads = threads});
  test::check_sums_until_stolen(scheduler);
}

void without_membarrier_sums_are_right_and_shared() {
  for (int error : {EPERM, ENOSYS, EINVAL}) {
    test::Ending const ending = test::in_child([&] {
      alarm(kHangSeconds);
      test::refuse_call(SYS_membarrier, unsigned(error));
      Result<void> const registered = membarrier_register();
      CHECK(!registered.ok() && registered.error() == Errno(error));
      check_sums(2);
    });
    if (ending.is_exit(kCannot)) {
      std::printf("skipped: no system-call filters here\n");
      return;
    }
    CHECK_ENDING(ending, ending.is_exit(0));
  }
}

void without_affinity_calls_the_machine_has_one_processor() {
  if (test::kSanitized) {
    std::printf("skipped: the sanitizers need sched_getaffinity themselves\n");
    return;
  }
  test::Ending const ending = test::in_child([] {
    alarm(kHangSeconds);
    test::refuse_call(SYS_sched_getaffinity, EPERM);
    CHECK(allowed_processors() == std::vector<std::uint32_t>{0});
    CHECK(default_threads(allowed_processors().size(), cpu_quota("")) == 1);
    check_sums(2);
  });
  if (!ending.is_exit(kCannot)) CHECK_ENDING(ending, ending.is_exit(0));
}

void four_workers_on_one_processor_share_and_end() {
  test::Ending const ending = test::in_child([] {
    alarm(kHangSeconds);
    std::uint32_t const only = allowed_processors().back();
    std::vector<cpu_set_t> set(only / CPU_SETSIZE + 1);
    CPU_SET_S(only, set.size() * sizeof(cpu_set_t), set.data());
    CHECK(sched_setaffinity(0, set.size() * sizeof(cpu_set_t), set.data()) == 0);
    CHECK(allowed_processors() == std::vector<std::uint32_t>{only});
    CHECK(default_threads(allowed_processors().size(), cpu_quota("")) == 1);
    check_sums(4);
  });
  CHECK_ENDING(ending, ending.is_exit(0));
}

// Into a file that is there: in a control group the kernel has made all of them.
bool write_file(std::string const& path, std::string const& text) {
  std::fstream file(path, std::ios::in | std::ios::out);
  file << text << std::flush;
  return file.good();
}

// A control group of its own with half a processor, gone at the end of its block.
class HalfAProcessor {
 public:
  HalfAProcessor() {
    for (char const* tree : {"/sys/fs/cgroup", "/sys/fs/cgroup/unified", "/sys/fs/cgroup/cpu"}) {
      folder_ = std::string(tree) + "/heddle-test-" + std::to_string(getpid());
      if (mkdir(folder_.c_str(), 0700) != 0) continue;
      if (write_file(folder_ + "/cpu.max", "50000 100000") ||
          (write_file(folder_ + "/cpu.cfs_period_us", "100000") &&
           write_file(folder_ + "/cpu.cfs_quota_us", "50000"))) {
        return;
      }
      CHECK(rmdir(folder_.c_str()) == 0);
    }
    folder_.clear();
  }
  ~HalfAProcessor() {
    // Who was in it has been waited for, but may not have left yet.
    for (int i = 0; i < 30'000 && !folder_.empty() && rmdir(folder_.c_str()) != 0; ++i) {
      CHECK(errno == EBUSY);
      usleep(1000);
    }
  }
  HalfAProcessor(HalfAProcessor const&) = delete;
  HalfAProcessor& operator=(HalfAProcessor const&) = delete;

  bool exists() const { return !folder_.empty(); }

  // Puts the calling process in.
  [[nodiscard]] bool enter() const {
    return write_file(folder_ + "/cgroup.procs", std::to_string(getpid()));
  }

  // How often the kernel has stopped those who are in it.
  long stops() const {
    std::ifstream file(folder_ + "/cpu.stat");
    std::string word;
    while (file >> word) {
      long count = 0;
      if (word == "nr_throttled" && file >> count) return count;
    }
    return 0;
  }

 private:
  std::string folder_;
};

void under_half_a_processors_quota_sums_are_right_and_shared() {
  HalfAProcessor const half;
  if (!half.exists()) {
    std::printf("skipped: no control group can be made here (%s)\n", std::strerror(errno));
    return;
  }
  test::Ending const ending = test::in_child([&] {
    alarm(kHangSeconds);
    if (!half.enter()) _exit(kCannot);
    CHECK(cpu_quota("") == 0.5);
    CHECK(default_threads(allowed_processors().size(), cpu_quota("")) == 1);
    test::Started scheduler({.threads = 4});
    do {
      test::check_sums_until_stolen(scheduler);
    } while (half.stops() < 3);  // Else the quota was never felt.
  });
  if (ending.is_exit(kCannot)) {
    std::printf("skipped: the control group cannot be entered\n");
    return;
  }
  CHECK_ENDING(ending, ending.is_exit(0));
  std::printf("stopped by the quota %ld times\n", half.stops());
}

}  // namespace

int main() {
  without_membarrier_sums_are_right_and_shared();
  without_affinity_calls_the_machine_has_one_processor();
  four_workers_on_one_processor_share_and_end();
  under_half_a_processors_quota_sums_are_right_and_shared();
}
