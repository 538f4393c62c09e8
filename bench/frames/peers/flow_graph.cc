// A frame of scalars as a flow graph of oneTBB: ten layers of a hundred nodes, each of which adds
// one to what the node before it has. The graph is made once, and run again and again.
//
// Usage: flow_graph WORKERS FRAMES [lightweight]: the median of a frame, in nanoseconds.

#include <oneapi/tbb/flow_graph.h>
#include <oneapi/tbb/global_control.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <vector>

namespace {

namespace flow = oneapi::tbb::flow;

constexpr int kLayers = 10;
constexpr int kWidth = 100;

template <class... Policy>
double run(int frames) {
  using Node = flow::continue_node<flow::continue_msg, Policy...>;
  flow::graph graph;
  flow::broadcast_node<flow::continue_msg> start(graph);
  std::vector<std::vector<double>> values(kLayers + 1, std::vector<double>(kWidth));
  std::vector<std::vector<std::unique_ptr<Node>>> nodes(kLayers);
  for (int layer = 0; layer < kLayers; ++layer) {
    for (int i = 0; i < kWidth; ++i) {
      double const* const from = &values[layer][i];
      double* const to = &values[layer + 1][i];
      nodes[layer].push_back(std::make_unique<Node>(graph, [from, to](flow::continue_msg const&) {
        *to = *from + 1;
      }));
      if (layer == 0) {
        flow::make_edge(start, *nodes[0][i]);
      } else {
        flow::make_edge(*nodes[layer - 1][i], *nodes[layer][i]);
      }
    }
  }
  std::vector<double> taken;
  for (int frame = -frames / 4; frame < frames; ++frame) {
    auto const begin = std::chrono::steady_clock::now();
    start.try_put({});
    graph.wait_for_all();
    std::chrono::duration<double, std::nano> const spent = std::chrono::steady_clock::now() - begin;
    if (frame >= 0) taken.push_back(spent.count());
  }
  if (values[kLayers][kWidth / 2] != kLayers) std::abort();
  std::sort(taken.begin(), taken.end());
  return taken[taken.size() / 2];
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) return 2;
  using oneapi::tbb::global_control;
  global_control const limit(global_control::max_allowed_parallelism,
                             std::size_t(std::atoi(argv[1])));
  bool const is_light = argc > 3 && std::strcmp(argv[3], "lightweight") == 0;
  int const frames = std::atoi(argv[2]);
  std::printf("%.1f\n", is_light ? run<flow::lightweight>(frames) : run(frames));
}
