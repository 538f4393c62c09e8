#pragma once
// Placing n queens: a node is one queen placed, and its work a check of the full board.

#include <cstdint>
#include <cstdlib>

namespace bench {

// What a node has to know, passed by value in two registers. Four bits a column, the first queen's
// the lowest.
struct Board {
  std::uint64_t columns = 0;
  std::int32_t placed = 0;
  std::int32_t size = 0;

  Board with(int column) const {
    return {columns | std::uint64_t(column) << (4 * placed), placed + 1, size};
  }

  bool is_full() const { return placed == size; }

  // Whether no queen threatens one that was placed before it.
  bool is_peaceful() const {
    for (int later = 1; later < placed; ++later) {
      int const column = int(columns >> (4 * later) & 15);
      std::uint64_t before = columns;
      for (int distance = later; distance > 0; --distance, before >>= 4) {
        int const across = column - int(before & 15);
        if (across == 0 || across == distance || across == -distance) return false;
      }
    }
    return true;
  }
};

// Solutions below a board.
[[gnu::noinline, gnu::aligned(64)]] inline long queens(Board board) {
  if (!board.is_peaceful()) return 0;
  if (board.is_full()) return 1;
  long found = 0;
  for (int i = 0; i < board.size; ++i) found += queens(board.with(i));
  return found;
}

struct Queens {
  using Result = long;
  static constexpr char const* kName = "queens";
  static constexpr long kFull = 13;
  static constexpr long kTiny = 8;
  static constexpr int kSizeMax = 16;

  explicit Queens(long size) : n(int(size)) {}
  Board root() const { return {0, 0, n}; }
  Result solve() const { return queens(root()); }
  bool is_right(Result result) const { return result == known().solutions; }

  // Nodes: queens placed, the empty board counted as one.
  std::uint64_t units() const { return known().nodes; }

  struct Known {
    int n;
    long solutions;
    std::uint64_t nodes;
  };
  Known known() const {
    static constexpr Known kAll[] = {
        {8, 92, 15'721},          {10, 724, 348'151},       {11, 2680, 1'806'707},
        {12, 14'200, 10'103'869}, {13, 73'712, 59'815'315},
    };
    for (Known const& one : kAll) {
      if (one.n == n) return one;
    }
    std::abort();  // A size that nobody has looked up.
  }

  int n;
};

}  // namespace bench
