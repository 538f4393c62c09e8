#pragma once
// Two kinds of assertion, both for programmer errors only.
//
//   CHECK   stays in release builds: boundaries, slow paths, anything cheap.
//   DCHECK  debug, sanitizer and model builds only: hot paths.
//
// A condition that fails ends the process; under HEDDLE_MODEL it ends the execution
// being explored, so that a mutant which trips an assertion counts as caught. An
// error that the outside world can cause is a Result, never a CHECK. Any thread.

#ifdef HEDDLE_MODEL

namespace heddle::model {

// In test/native/model/execution.h.
[[noreturn]] void check_failed(char const* condition, char const* file, int line);

}  // namespace heddle::model

#define HEDDLE_CHECK_FAILED ::heddle::model::check_failed

#else

#include <cstdio>
#include <cstdlib>

namespace heddle::detail {

[[noreturn, gnu::cold, gnu::noinline]] inline void check_failed(char const* condition,
                                                                char const* file, int line) {
  std::fprintf(stderr, "%s:%d: check failed: %s\n", file, line, condition);
  std::abort();
}

}  // namespace heddle::detail

#define HEDDLE_CHECK_FAILED ::heddle::detail::check_failed

#endif

#define CHECK(condition)                        \
  (__builtin_expect(!!(condition), 1) ? void(0) \
                                      : HEDDLE_CHECK_FAILED(#condition, __FILE__, __LINE__))

#if defined(NDEBUG) && !defined(HEDDLE_MODEL)
#define DCHECK(condition) static_cast<void>(sizeof(!(condition)))
#else
#define DCHECK(condition) CHECK(condition)
#endif
