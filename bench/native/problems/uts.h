#pragma once
// Unbalanced tree search: a tree that is only known by walking it, each node's shape drawn from
// SHA-1.
//
// As the UTS benchmark defines it (Olivier and others, 2006). A node is a digest. The i-th child's
// is SHA-1 of the node's digest and i; the root's is that of sixteen zero bytes and the seed. The
// last word, without its sign, is the node's random number, and decides how many children it has.
//
//   T1   geometric, fixed shape: 4 children on average, for 10 levels; seed 19
//   T3   binomial: 2,000 below the root, then 8 with probability 0.124875, else none; seed 42

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <type_traits>

#include "problems/sha1.h"

namespace bench {

struct UtsNode {
  Digest digest;
  int height;
};

enum class UtsTree { T1, T3 };

inline UtsNode uts_root(UtsTree tree) {
  std::uint32_t const seed = tree == UtsTree::T1 ? 19 : 42;
  std::uint32_t const block[16] = {0, 0, 0, 0, seed, 0x80000000, 0, 0, 0, 0, 0, 0, 0, 0, 0, 20 * 8};
  return {sha1_block(block), 0};
}

inline UtsNode uts_child(UtsNode const& node, int i) {
  std::uint32_t block[16] = {};
  std::copy_n(node.digest.word, kDigestWords, block);
  block[5] = std::uint32_t(i);
  block[6] = 0x80000000;
  block[15] = 24 * 8;
  return {sha1_block(block), node.height + 1};
}

// The node's random number, in [0, 1).
inline double uts_draw(UtsNode const& node) {
  return (node.digest.word[kDigestWords - 1] & 0x7fffffff) / 2147483648.0;
}

// How many children a node has.
template <UtsTree tree>
int uts_children(UtsNode const& node) {
  if constexpr (tree == UtsTree::T1) {
    if (node.height >= 10) return 0;
    double const probability = 1.0 / (1.0 + 4.0);
    int const drawn = int(std::floor(std::log(1 - uts_draw(node)) / std::log(1 - probability)));
    return std::min(drawn, 100);
  } else {
    if (node.height == 0) return 2000;
    return uts_draw(node) < 0.124875 ? 8 : 0;
  }
}

// Nodes of the tree below and with `node`.
template <UtsTree tree>
[[gnu::noinline, gnu::aligned(64)]] long uts(UtsNode node) {
  long nodes = 1;
  int const children = uts_children<tree>(node);
  for (int i = 0; i < children; ++i) nodes += uts<tree>(uts_child(node, i));
  return nodes;
}

template <UtsTree tree>
struct Uts {
  using Result = long;
  static constexpr UtsTree kTree = tree;
  static constexpr char const* kName = "uts";
  static constexpr long kFull = 1;
  static constexpr long kTiny = 2;  // A part of the tree: what hangs below one of its nodes.

  explicit Uts(long size) : is_tiny(size == kTiny) {}

  UtsNode root() const {
    UtsNode const top = uts_root(tree);
    if (!is_tiny) return top;
    return tree == UtsTree::T1 ? uts_child(uts_child(top, 0), 3) : uts_child(top, 6);
  }
  Result solve() const { return uts<tree>(root()); }
  bool is_right(Result result) const { return result == long(units()); }

  // Nodes.
  std::uint64_t units() const {
    if (is_tiny) return tree == UtsTree::T1 ? 12'801 : 6'105;
    return tree == UtsTree::T1 ? 4'130'071 : 4'112'897;
  }

  bool is_tiny;
};

template <class Problem>
inline constexpr UtsTree tree_of = std::remove_cvref_t<Problem>::kTree;

}  // namespace bench
