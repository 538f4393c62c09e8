#pragma once
// Which processors this process may use, and how near they are to each other.
//
// Read once, from files below a root folder: "" is this machine, a test brings its own. What
// cannot be read, or makes no sense, counts as absent: the machine then looks flatter than it is.
//
// Rules, cited below by name:
//   T1  There is at least one processor, and every one has a node of the distance table.
//   T2  A topology is a value. Nobody writes it after it was made, so any thread may read it.

#include <cstdint>
#include <string>
#include <vector>

namespace heddle {

struct Processor {
  std::uint32_t id;     // The kernel's number.
  std::uint32_t node;   // Of memory: an index into the distances, not the kernel's number.
  std::uint32_t cache;  // The same for all that share a third-level cache, or have none.
  std::uint32_t core;   // The same for the threads of a core.
};

struct Topology {
  // In the order in which seats take them: neighbours share a node, and second threads of cores
  // come when every core has one.
  std::vector<Processor> processors;

  // Those that have processors for us.
  std::uint32_t nodes = 1;

  // distances[a * nodes + b]: the firmware's, where 10 is the distance of a node to itself.
  std::vector<std::uint32_t> distances;
};

// The numbers of the processors that this thread may run on, in order. Any thread.
std::vector<std::uint32_t> allowed_processors();

// What the files below `root` say of those processors. `allowed` is not empty. Any thread.
Topology read_topology(std::string const& root, std::vector<std::uint32_t> const& allowed);

// The processor that a worker is pinned to: more seats than processors go round once more.
Processor const& processor_of_seat(Topology const& topology, std::uint32_t seat);

// Whom a seat steals from: every seat once, in groups of equal distance, nearest first. It is in
// the first group itself, since fibers that it has suspended may have children to take.
//
// For seats that are pinned as processor_of_seat() says. A shared cache is nearer than a shared
// node; where there is one node and one cache there is one group.
std::vector<std::vector<std::uint32_t>> victim_groups(Topology const& topology, std::uint32_t seat,
                                                      std::uint32_t seats);

}  // namespace heddle
