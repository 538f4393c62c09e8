#pragma once
// Where in the source an operation stands, and what it is: the names in traces and mutants.

#include <cstdint>
#include <cstring>

namespace heddle::model {

// A call site, taken by a default argument. std::source_location is what this would be if
// every compiler that builds us had it.
struct Site {
  char const* file;
  char const* function;
  std::uint32_t line;

  static constexpr Site here(char const* file = __builtin_FILE(),
                             char const* function = __builtin_FUNCTION(),
                             std::uint32_t line = __builtin_LINE()) {
    return {file, function, line};
  }

  // The file without its folders.
  char const* file_name() const {
    char const* slash = std::strrchr(file, '/');
    return slash == nullptr ? file : slash + 1;
  }
};

enum class Op : std::uint8_t {
  Load,
  Store,
  Exchange,
  FetchAdd,
  FetchSub,
  FetchOr,
  FetchAnd,
  FetchXor,
  CompareExchange,
  CompareExchangeFailure,  // The load that a compare_exchange is when it does not exchange.
  Fence,
  CompilerBarrier,
  Membarrier,
  FutexWait,
  FutexWake,
  Yield,
  Plain,
  Start,
};

inline char const* name(Op op) {
  static constexpr char const* kNames[] = {"load",
                                           "store",
                                           "exchange",
                                           "fetch_add",
                                           "fetch_sub",
                                           "fetch_or",
                                           "fetch_and",
                                           "fetch_xor",
                                           "compare_exchange",
                                           "compare_exchange_failure",
                                           "fence",
                                           "compiler_barrier",
                                           "membarrier",
                                           "futex_wait",
                                           "futex_wake",
                                           "yield",
                                           "plain",
                                           "start"};
  static_assert(sizeof(kNames) / sizeof(kNames[0]) == static_cast<unsigned>(Op::Start) + 1);
  return kNames[static_cast<unsigned>(op)];
}

}  // namespace heddle::model
