// Unit: the machine is read as its files say, nonsense in them makes it flat, and near comes first.
//
// Every machine but the last is a folder.

#include "base/topology.h"

#include <sched.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string>
#include <vector>

#include "base/check.h"
#include "base/machine.h"

namespace {

// What the interposed sched_getaffinity() plays: a kernel with so many processors, all of them
// ours; or, with none, the real one.
std::size_t kernel_processors = 0;
int refusal = 0;

}  // namespace

// In place of the C library's.
extern "C" int sched_getaffinity(pid_t, std::size_t bytes, cpu_set_t* set) noexcept {
  CHECK(kernel_processors != 0 || refusal != 0);
  errno = refusal != 0 ? refusal : EINVAL;
  if (refusal != 0 || bytes * 8 < kernel_processors) return -1;
  std::memset(set, 0, bytes);
  for (std::size_t id = 0; id < kernel_processors; ++id) CPU_SET_S(id, bytes, set);
  return 0;
}

using namespace heddle;

namespace {

using Ids = std::vector<std::uint32_t>;
using Groups = std::vector<Ids>;

Ids seat_ids(Topology const& topology, std::uint32_t seats) {
  Ids ids;
  for (std::uint32_t i = 0; i < seats; ++i) ids.push_back(processor_of_seat(topology, i).id);
  return ids;
}

void one_node_is_one_group() {
  test::Machine machine;
  machine.online("0-3").nodes("0").node(0, "0-3", "10");
  for (std::uint32_t id = 0; id < 4; ++id)
    machine.cache(id, "0-3").siblings(id, std::to_string(id));
  Topology const topology = read_topology(machine.root(), test::first_ids(4));
  CHECK(topology.nodes == 1 && topology.distances == Ids{10});
  CHECK(seat_ids(topology, 6) == (Ids{0, 1, 2, 3, 0, 1}));
  CHECK(victim_groups(topology, 1, 4) == (Groups{{0, 1, 2, 3}}));
  CHECK(victim_groups(topology, 5, 6) == (Groups{{0, 1, 2, 3, 4, 5}}));
  CHECK(victim_groups(topology, 0, 1) == (Groups{{0}}));
}

// Two sockets of two cores with two threads each, numbered as PCs do: 0 and 4 share a core.
void second_threads_of_cores_come_last() {
  test::Machine machine;
  machine.online("0-7").nodes("0-1").node(0, "0-1,4-5", "10 21").node(1, "2-3,6-7", "21 10");
  for (std::uint32_t id = 0; id < 8; ++id) {
    machine.siblings(id, std::to_string(id % 4) + "," + std::to_string(id % 4 + 4));
    machine.cache(id, id % 4 < 2 ? "0-1,4-5" : "2-3,6-7");
  }
  Topology const topology = read_topology(machine.root(), test::first_ids(8));
  CHECK(topology.nodes == 2 && topology.distances == (Ids{10, 21, 21, 10}));
  CHECK(seat_ids(topology, 8) == (Ids{0, 1, 2, 3, 4, 5, 6, 7}));
  CHECK(victim_groups(topology, 0, 8) == (Groups{{0, 1, 4, 5}, {2, 3, 6, 7}}));
  CHECK(victim_groups(topology, 6, 8) == (Groups{{2, 3, 6, 7}, {0, 1, 4, 5}}));
  CHECK(victim_groups(topology, 1, 3) == (Groups{{0, 1}, {2}}));

  // A second thread whose first one is not ours is a core of its own.
  CHECK(seat_ids(read_topology(machine.root(), {0, 4, 5, 7}), 4) == (Ids{0, 5, 7, 4}));
}

// The same machine with siblings that are neighbours, as some firmware numbers them.
void siblings_may_be_neighbours() {
  test::Machine machine;
  machine.nodes("0").node(0, "0-5", "10");
  for (std::uint32_t id = 0; id < 6; ++id) {
    machine.siblings(id, std::to_string(id / 2 * 2) + "-" + std::to_string(id / 2 * 2 + 1));
  }
  CHECK(seat_ids(read_topology(machine.root(), test::first_ids(6)), 6) == (Ids{0, 2, 4, 1, 3, 5}));
}

// A ring of four: the nodes beside are nearer than the one across. Node 2 is offline, node 4 is
// memory without processors, node 7 has none of ours.
void four_nodes_have_distances() {
  test::Machine machine;
  machine.nodes("0-1,3-5,7")
      .node(0, "0-1", "10 16 16 28 22 40")
      .node(1, "2-3", "16 10 22 28 16 40")
      .node(3, "4-5", "16 22 10 28 16 40")
      .node(4, "", "28 28 28 10 28 40")
      .node(5, "6-7", "22 16 16 28 10 40")
      .node(7, "8-9", "40 40 40 40 40 10");
  Topology const topology = read_topology(machine.root(), test::first_ids(8));
  CHECK(topology.nodes == 4);
  CHECK(topology.distances ==
        (Ids{10, 16, 16, 22, 16, 10, 22, 16, 16, 22, 10, 16, 22, 16, 16, 10}));
  CHECK(seat_ids(topology, 8) == test::first_ids(8));
  CHECK(victim_groups(topology, 0, 8) == (Groups{{0, 1}, {2, 3, 4, 5}, {6, 7}}));
  CHECK(victim_groups(topology, 7, 8) == (Groups{{6, 7}, {2, 3, 4, 5}, {0, 1}}));
}

// One node, two groups of cores with a cache each, as on chips made of small dies.
void a_shared_cache_is_nearer_than_a_shared_node() {
  test::Machine machine;
  machine.nodes("0").node(0, "0-7", "10");
  for (std::uint32_t id = 0; id < 8; ++id) machine.cache(id, id % 2 == 0 ? "0,2,4,6" : "1,3,5,7");
  Topology const topology = read_topology(machine.root(), test::first_ids(8));
  CHECK(seat_ids(topology, 8) == (Ids{0, 2, 4, 6, 1, 3, 5, 7}));
  CHECK(victim_groups(topology, 0, 8) == (Groups{{0, 1, 2, 3}, {4, 5, 6, 7}}));

  // A virtual machine may give every processor a cache of its own: all others are equally far.
  for (std::uint32_t id = 0; id < 8; ++id) machine.cache(id, std::to_string(id));
  CHECK(victim_groups(read_topology(machine.root(), test::first_ids(8)), 1, 4) ==
        (Groups{{1}, {0, 2, 3}}));
}

void what_is_offline_or_forbidden_is_not_used() {
  test::Machine machine;
  machine.online("0,2-3").nodes("0").node(0, "0-3", "10");
  CHECK(seat_ids(read_topology(machine.root(), {0, 1, 3}), 3) == (Ids{0, 3, 0}));
  // Files that know none of ours are wrong: we run.
  CHECK(seat_ids(read_topology(machine.root(), {8, 9}), 2) == (Ids{8, 9}));
}

void a_machine_without_sys_is_flat() {
  test::Machine machine;
  Topology const topology = read_topology(machine.root(), {3, 5, 900});
  CHECK(topology.nodes == 1 && topology.distances == Ids{10});
  CHECK(seat_ids(topology, 4) == (Ids{3, 5, 900, 3}));
  CHECK(victim_groups(topology, 2, 4) == (Groups{{0, 1, 2, 3}}));
}

void nonsense_is_as_good_as_nothing() {
  for (char const* nonsense : {"", "\n", "x", "0-", "-", "3-0", "0-3x", "0--3", " ", "0-99999999",
                               "4294967296", "1,,-2", "99999999999999999999", "0x3", "\xff\xfe"}) {
    test::Machine machine;
    machine.online(nonsense).nodes("0-1").node(0, nonsense, nonsense).node(1, nonsense, nonsense);
    for (std::uint32_t id = 0; id < 4; ++id) machine.cache(id, nonsense).siblings(id, nonsense);
    Topology const topology = read_topology(machine.root(), test::first_ids(4));
    CHECK(topology.nodes == 1 && topology.distances == Ids{10});
    CHECK(seat_ids(topology, 4) == (Ids{0, 1, 2, 3}));
    CHECK(victim_groups(topology, 0, 4) == (Groups{{0, 1, 2, 3}}));

    machine.nodes(nonsense);
    CHECK(read_topology(machine.root(), test::first_ids(4)).nodes == 1);
  }
}

// The nodes are known, how far they are is not: too few numbers, too many, or none.
void distances_that_make_no_sense_are_guessed() {
  for (char const* row : {"10", "10 21 21", "ten twenty", ""}) {
    test::Machine machine;
    machine.nodes("0-1").node(0, "0-1", row).node(1, "2-3", row);
    Topology const topology = read_topology(machine.root(), test::first_ids(4));
    CHECK(topology.nodes == 2 && topology.distances == (Ids{10, 20, 20, 10}));
    CHECK(victim_groups(topology, 0, 4) == (Groups{{0, 1}, {2, 3}}));
  }
}

void thousands_of_processors_are_no_problem() {
  test::Machine machine;
  machine.online("0-4095").nodes("0-3");
  for (std::uint32_t node = 0; node < 4; ++node) {
    std::string row;
    for (std::uint32_t other = 0; other < 4; ++other) row += node == other ? "10 " : "32 ";
    std::uint32_t const first = node * 1024;
    machine.node(node, std::to_string(first) + "-" + std::to_string(first + 1023), row);
  }
  kernel_processors = 4096;
  Ids const allowed = allowed_processors();
  CHECK(allowed == test::first_ids(4096));
  Topology const topology = read_topology(machine.root(), allowed);
  CHECK(processor_of_seat(topology, 4095).id == 4095 && topology.nodes == 4);
  Groups const groups = victim_groups(topology, 2048, 4096);
  CHECK(groups.size() == 2 && groups[0].size() == 1024 && groups[1].size() == 3072);
}

void a_kernel_that_does_not_tell_has_one_processor() {
  refusal = EPERM;
  CHECK(allowed_processors() == Ids{0});
  refusal = EINVAL;  // For ever, as no kernel does: the question has an end.
  CHECK(allowed_processors() == Ids{0});
  refusal = 0;
}

void every_victim_comes_once() {
  test::Machine machine;
  machine.nodes("0-1").node(0, "0-4", "10 20").node(1, "5-6", "20 10");
  Topology const topology = read_topology(machine.root(), test::first_ids(7));
  for (std::uint32_t seats = 1; seats < 20; ++seats) {
    for (std::uint32_t seat = 0; seat < seats; ++seat) {
      Groups const groups = victim_groups(topology, seat, seats);
      CHECK(groups.size() <= 2 && std::ranges::count(groups.front(), seat) == 1);
      Ids all;
      for (Ids const& group : groups) all.insert(all.end(), group.begin(), group.end());
      std::ranges::sort(all);
      CHECK(all == test::first_ids(seats));
    }
  }
}

// Nothing is known of it but this.
void this_machine_can_be_read() {
  kernel_processors = 1;
  Topology const topology = read_topology("", allowed_processors());
  CHECK(seat_ids(topology, 1) == Ids{0} && topology.nodes == 1);
  Topology const larger = read_topology("", test::first_ids(64));
  CHECK(!larger.processors.empty() && larger.nodes >= 1);
}

}  // namespace

int main() {
  one_node_is_one_group();
  second_threads_of_cores_come_last();
  siblings_may_be_neighbours();
  four_nodes_have_distances();
  a_shared_cache_is_nearer_than_a_shared_node();
  what_is_offline_or_forbidden_is_not_used();
  a_machine_without_sys_is_flat();
  nonsense_is_as_good_as_nothing();
  distances_that_make_no_sense_are_guessed();
  thousands_of_processors_are_no_problem();
  a_kernel_that_does_not_tell_has_one_processor();
  every_victim_comes_once();
  this_machine_can_be_read();
}
