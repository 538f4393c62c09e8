#pragma once
// A frame graph as it was compiled: what its nodes do, and who comes after whom. It does not
// change, and all frames in flight share it.
//
// Nodes are numbered in a topological order. The successors of a node stand together, the most
// urgent first.

#include <cstdint>
#include <vector>

#include "flow/cell.h"
#include "flow/value.h"

namespace heddle {

struct FramePlan {
  // The numbers are a contract with lib/layout.ts.
  enum class Kind : std::uint8_t {
    Value = 0,    // Computes scalars, at once.
    Hosted = 1,   // The host begins it, and somebody finishes it.
    Joining = 2,  // Nothing: others wait for it.
  };

  struct Node {
    Kind kind = Kind::Joining;
    std::uint32_t predecessors = 0;
    std::uint32_t first_successor = 0;  // The next node's is the end.
    std::uint32_t first_step = 0;       // Of a value: the next node's is the end.
  };

  // One operation on registers of a frame.
  struct Step {
    Kernel kernel;
    CommandCode code;
    std::uint32_t left;
    std::uint32_t right;
    std::uint32_t result;
  };

  std::uint32_t size() const { return std::uint32_t(nodes.size()) - 1; }

  std::vector<Node> nodes{1};  // And one past the last.
  std::vector<std::uint32_t> successors;
  std::vector<std::uint32_t> roots;  // Those without predecessors, the most urgent first.
  std::vector<Step> steps;
  std::vector<Value> registers;  // As a frame begins with them where the host writes no others.
};

}  // namespace heddle
