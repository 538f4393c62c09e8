// Unit: the tightest limit of processor time above a process is found, wherever it is mounted.
//
// Every container is a folder.

#include "base/quota.h"

#include <string>
#include <vector>

#include "base/check.h"
#include "base/machine.h"

using namespace heddle;

namespace {

constexpr char const* kTop = "/sys/fs/cgroup";

// A process in a version 2 group, with the tree's `top` mounted at kTop.
test::Machine& in_v2(test::Machine& machine, std::string const& group, std::string const& top) {
  return machine.write("/proc/self/cgroup", "0::" + group + "\n")
      .write("/proc/self/mountinfo",
             "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
             "31 22 0:28 " +
                 top + " " + kTop + " rw,nosuid shared:9 - cgroup2 cgroup2 rw\n");
}

std::optional<double> quota_of(test::Machine const& machine) {
  return cpu_quota(machine.root());
}

void a_container_sees_its_limit_at_the_top() {
  for (auto const& [text, quota] :
       std::vector<std::pair<std::string, double>>{{"50000 100000\n", 0.5},
                                                   {"150000 100000\n", 1.5},
                                                   {"400000 100000\n", 4},
                                                   {"1000 1000000", 0.001}}) {
    test::Machine machine;
    in_v2(machine, "/", "/").write(std::string(kTop) + "/cpu.max", text);
    CHECK(quota_of(machine) == quota);
  }
}

void no_limit_is_none() {
  for (char const* text : {"max 100000\n", "", "nonsense", "100000", "1 2 3", "-5 100000",
                           "100000 0", "0 100000", "1e5 100000", "max"}) {
    test::Machine machine;
    in_v2(machine, "/", "/").write(std::string(kTop) + "/cpu.max", text);
    CHECK(!quota_of(machine));
  }
  test::Machine nothing_there;
  CHECK(!quota_of(nothing_there));
  test::Machine nothing_mounted;
  nothing_mounted.write("/proc/self/cgroup", "0::/\n");
  CHECK(!quota_of(nothing_mounted));
}

void the_tightest_of_all_groups_above_wins() {
  std::string const group = "/user.slice/job 7/step";
  std::string const middle = std::string(kTop) + "/user.slice/job 7";
  test::Machine machine;
  in_v2(machine, group, "/")
      .write(kTop + group + "/cpu.max", "300000 100000\n")
      .write(middle + "/cpu.max", "120000 100000\n")
      .write(std::string(kTop) + "/user.slice/cpu.max", "max 100000\n");
  CHECK(quota_of(machine) == 1.2);
  machine.write(kTop + group + "/cpu.max", "110000 100000\n");
  CHECK(quota_of(machine) == 1.1);
  // A group beside ours, with a name that begins like ours, is none of our business.
  machine.write(middle + "8/cpu.max", "1000 100000\n");
  CHECK(quota_of(machine) == 1.1);
}

// The host's paths, and only our part of the tree mounted: a container without a namespace.
void a_part_of_the_tree_may_be_mounted() {
  test::Machine machine;
  in_v2(machine, "/docker/abc/inner", "/docker/abc")
      .write(std::string(kTop) + "/cpu.max", "200000 100000\n")
      .write(std::string(kTop) + "/inner/cpu.max", "250000 100000\n");
  CHECK(quota_of(machine) == 2.0);
  // Somebody else's part says nothing of us.
  test::Machine monitor;
  in_v2(monitor, "/docker/abc", "/docker/ab")
      .write(std::string(kTop) + "/cpu.max", "1000 100000\n");
  CHECK(!quota_of(monitor));
}

// Moved out of the namespace, or mounted before it was made: only the top can be ours.
void outside_of_the_namespace_the_top_counts() {
  for (auto const& [group, top] :
       std::vector<std::pair<std::string, std::string>>{{"/../other", "/"}, {"/", "/../.."}}) {
    test::Machine machine;
    in_v2(machine, group, top).write(std::string(kTop) + "/cpu.max", "70000 100000\n");
    CHECK(quota_of(machine) == 0.7);
  }
}

void version_1_is_asked_as_well() {
  test::Machine machine;
  machine
      .write("/proc/self/cgroup",
             "9:name=systemd:/x\n5:cpuset:/x\n4:cpu,cpuacct:/kube/pod\n0::/x\n")
      .write("/proc/self/mountinfo",
             "30 23 0:27 / /cg/cpuset rw - cgroup cgroup rw,cpuset\n"
             "31 23 0:28 / /cg/cpu rw - cgroup cgroup rw,cpu,cpuacct\n"
             "32 23 0:29 / /cg/a\\040blank rw - cgroup2 cgroup2 rw\n")
      .write("/cg/cpu/cpu.cfs_quota_us", "-1\n")
      .write("/cg/cpu/cpu.cfs_period_us", "100000\n")
      .write("/cg/cpu/kube/pod/cpu.cfs_quota_us", "250000\n")
      .write("/cg/cpu/kube/pod/cpu.cfs_period_us", "100000\n")
      .write("/cg/cpuset/x/cpu.cfs_quota_us", "1\n")
      .write("/cg/cpuset/x/cpu.cfs_period_us", "100000\n");
  CHECK(quota_of(machine) == 2.5);
  machine.write("/cg/cpu/kube/cpu.cfs_quota_us", "50000\n")
      .write("/cg/cpu/kube/cpu.cfs_period_us", "50000\n");
  CHECK(quota_of(machine) == 1.0);
  machine.write("/cg/a blank/x/cpu.max", "60000 100000\n");
  CHECK(quota_of(machine) == 0.6);
}

void nonsense_in_proc_is_no_limit() {
  for (char const* text : {"", ":", "::", "0:", "\n\n", "0::", "x::y::z", " - ", "1 2 3 - cgroup2",
                           "1 2 3 4 5 - cgroup2 x y", "1 2 3 /\\0 /\\ - cgroup2 x y"}) {
    test::Machine machine;
    machine.write("/proc/self/cgroup", text).write("/proc/self/mountinfo", text);
    CHECK(!quota_of(machine));
    in_v2(machine, "/", "/").write("/proc/self/cgroup", text);
    CHECK(!quota_of(machine));
    in_v2(machine, "/", "/").write("/proc/self/mountinfo", text);
    CHECK(!quota_of(machine));
  }
}

void threads_are_processors_within_the_quota() {
  CHECK(default_threads(8, std::nullopt) == 8);
  CHECK(default_threads(8, 1.5) == 2);
  CHECK(default_threads(8, 2.0) == 2);
  CHECK(default_threads(8, 0.5) == 1);
  CHECK(default_threads(8, 0.001) == 1);
  CHECK(default_threads(8, 64.0) == 8);
  CHECK(default_threads(0, std::nullopt) == 1);
}

void this_machine_can_be_asked() {
  auto const quota = cpu_quota("");
  CHECK(!quota || *quota > 0);
}

}  // namespace

int main() {
  a_container_sees_its_limit_at_the_top();
  no_limit_is_none();
  the_tightest_of_all_groups_above_wins();
  a_part_of_the_tree_may_be_mounted();
  outside_of_the_namespace_the_top_counts();
  version_1_is_asked_as_well();
  nonsense_in_proc_is_no_limit();
  threads_are_processors_within_the_quota();
  this_machine_can_be_asked();
}
