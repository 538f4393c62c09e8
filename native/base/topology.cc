// Reading the machine's processors, caches and nodes from /sys.

#include "base/topology.h"

#include <sched.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <numeric>
#include <optional>
#include <tuple>
#include <utility>

#include "base/check.h"
#include "base/text_file.h"

namespace heddle {

namespace {

using Ids = std::vector<std::uint32_t>;

constexpr std::uint32_t kProcessorsMax = 1 << 16;  // Eight times what Linux can be built for.
constexpr std::uint32_t kNoCache = kProcessorsMax;
constexpr std::uint32_t kDistanceHere = 10;
constexpr std::uint32_t kDistanceElsewhere = 20;

// "0-3,8" as 0 1 2 3 8; empty for nonsense too.
Ids parse_list(std::string_view text) {
  Ids ids;
  for (std::string_view range : split(text, ",\n")) {
    std::size_t const dash = std::min(range.find('-'), range.size());
    std::uint32_t first = 0, last = 0;
    if (!parse(range.substr(0, dash), first)) return {};
    if (!parse(range.substr(dash == range.size() ? 0 : dash + 1), last)) return {};
    if (first > last || last >= kProcessorsMax) return {};
    while (first <= last) ids.push_back(first++);
  }
  std::sort(ids.begin(), ids.end());
  ids.erase(std::unique(ids.begin(), ids.end()), ids.end());
  return ids;
}

Ids read_list(std::string const& path) {
  return parse_list(read_text(path));
}

// Those of `allowed` that are online, or all of them when the files do not know any.
Ids online_of(std::string const& cpus, Ids const& allowed) {
  Ids const online = read_list(cpus + "/online");
  Ids both;
  std::set_intersection(allowed.begin(), allowed.end(), online.begin(), online.end(),
                        std::back_inserter(both));
  return both.empty() ? allowed : both;
}

// For each of `ids` the lowest number of those it shares something with, as the file `name` in
// its folder lists them; where there is no such file, `alone`. A file speaks for all it lists.
std::map<std::uint32_t, std::uint32_t> read_groups(std::string const& cpus, Ids const& ids,
                                                   char const* name,
                                                   std::uint32_t (*alone)(std::uint32_t id)) {
  std::map<std::uint32_t, std::uint32_t> groups;
  for (std::uint32_t id : ids) {
    if (groups.contains(id)) continue;
    Ids const sharers = read_list(cpus + "/cpu" + std::to_string(id) + "/" + name);
    if (std::binary_search(sharers.begin(), sharers.end(), id)) {
      for (std::uint32_t sharer : sharers) groups.try_emplace(sharer, sharers.front());
    } else {
      groups[id] = alone(id);
    }
  }
  return groups;
}

// A node as the kernel numbers them.
struct Node {
  bool has_processors = false;
  Ids row;  // Distances to all nodes that are online, in their order.
};

Ids read_distances(std::string const& folder, std::size_t count) {
  std::string const text = read_text(folder + "/distance");
  Ids row;
  for (std::string_view part : split(text, " \n")) {
    if (!parse(part, row.emplace_back())) return {};
  }
  return row.size() == count ? row : Ids{};
}

// Gives each processor its node, and the nodes that have one their distances.
void read_nodes(std::string const& nodes, Topology& topology) {
  Ids const online = read_list(nodes + "/online");
  std::vector<Node> all;
  std::map<std::uint32_t, std::uint32_t> node_of;  // By processor: an index into `all`.
  for (std::uint32_t id : online) {
    std::string const folder = nodes + "/node" + std::to_string(id);
    for (std::uint32_t processor : read_list(folder + "/cpulist")) {
      node_of.try_emplace(processor, static_cast<std::uint32_t>(all.size()));
    }
    all.push_back({.row = read_distances(folder, online.size())});
  }
  if (all.empty()) all.emplace_back();
  // Who is in no node's list lives in the first.
  for (Processor& processor : topology.processors) {
    auto const found = node_of.find(processor.id);
    processor.node = found == node_of.end() ? 0 : found->second;
    all[processor.node].has_processors = true;
  }
  // Nodes of memory alone are left out, so the others get new numbers.
  Ids renumbered(all.size()), kept;
  for (std::uint32_t i = 0; i < all.size(); ++i) {
    renumbered[i] = static_cast<std::uint32_t>(kept.size());
    if (all[i].has_processors) kept.push_back(i);
  }
  for (Processor& processor : topology.processors) processor.node = renumbered[processor.node];
  topology.nodes = static_cast<std::uint32_t>(kept.size());
  for (std::uint32_t a : kept) {
    for (std::uint32_t b : kept) {
      std::uint32_t const guess = a == b ? kDistanceHere : kDistanceElsewhere;
      topology.distances.push_back(all[a].row.empty() ? guess : all[a].row[b]);
    }
  }
}

// Puts the processors into the order of seats: first one of each core, node by node.
void sort_for_seats(std::vector<Processor>& processors) {
  std::map<std::uint32_t, std::uint32_t> threads_of_core;
  std::vector<std::pair<std::uint32_t, Processor>> ranked;  // By which thread of its core it is.
  for (Processor const& processor : processors) {
    ranked.emplace_back(threads_of_core[processor.core]++, processor);
  }
  auto const key = [](std::pair<std::uint32_t, Processor> const& one) {
    Processor const& processor = one.second;
    return std::tuple(one.first, processor.node, processor.cache, processor.id);
  };
  std::sort(ranked.begin(), ranked.end(),
            [key](auto const& a, auto const& b) { return key(a) < key(b); });
  std::transform(ranked.begin(), ranked.end(), processors.begin(),
                 [](auto const& one) { return one.second; });
}

std::uint32_t distance(Topology const& topology, Processor const& a, Processor const& b) {
  if (a.node == b.node && a.cache == b.cache) return 0;
  return topology.distances[a.node * topology.nodes + b.node];
}

}  // namespace

std::vector<std::uint32_t> allowed_processors() {
  // The kernel refuses a set that is smaller than its own, and does not say how large that is.
  for (std::size_t count = CPU_SETSIZE; count <= kProcessorsMax; count *= 2) {
    std::vector<cpu_set_t> set(count / CPU_SETSIZE);
    std::size_t const bytes = set.size() * sizeof(cpu_set_t);
    if (sched_getaffinity(0, bytes, set.data()) == 0) {
      Ids ids;
      for (std::uint32_t id = 0; id < count; ++id) {
        if (CPU_ISSET_S(id, bytes, set.data())) ids.push_back(id);
      }
      if (!ids.empty()) return ids;
    }
    if (errno != EINVAL) break;
  }
  return {0};  // A sandbox that does not let us ask. We run, so there is one.
}

Topology read_topology(std::string const& root, std::vector<std::uint32_t> const& allowed) {
  CHECK(!allowed.empty());
  std::string const cpus = root + "/sys/devices/system/cpu";
  Ids const ids = online_of(cpus, allowed);
  auto const caches = read_groups(cpus, ids, "cache/index3/shared_cpu_list",
                                  [](std::uint32_t) { return kNoCache; });
  auto const cores = read_groups(cpus, ids, "topology/thread_siblings_list",
                                 [](std::uint32_t id) { return id; });
  Topology topology;
  for (std::uint32_t id : ids) {
    topology.processors.push_back({id, 0, caches.at(id), cores.at(id)});
  }
  read_nodes(root + "/sys/devices/system/node", topology);
  sort_for_seats(topology.processors);
  CHECK(topology.distances.size() == std::size_t{topology.nodes} * topology.nodes);  // T1
  return topology;
}

Processor const& processor_of_seat(Topology const& topology, std::uint32_t seat) {
  return topology.processors[seat % topology.processors.size()];
}

std::vector<std::vector<std::uint32_t>> victim_groups(Topology const& topology, std::uint32_t seat,
                                                      std::uint32_t seats) {
  CHECK(seat < seats);
  Processor const& here = processor_of_seat(topology, seat);
  std::map<std::uint32_t, Ids> by_distance;
  for (std::uint32_t other = 0; other < seats; ++other) {
    by_distance[distance(topology, here, processor_of_seat(topology, other))].push_back(other);
  }
  std::vector<Ids> groups;
  for (auto& [_, group] : by_distance) groups.push_back(std::move(group));
  return groups;
}

}  // namespace heddle
