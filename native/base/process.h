#pragma once
// Which process this is: what a parent made with threads is dead in a child of fork().
//
// A child has only the thread that called fork(). The others' stacks are memory that nobody runs
// on, and a lock that one of them held stays locked for ever. So whoever has threads remembers
// its Origin, and in a child it touches neither its locks nor its threads.
//
//   in a child                                  then
//     what could only hang                        require_here(): says why, and ends the process
//     what must be possible (stop, destroy)       is_here(): leave the threads, free the memory
//
// vfork(), posix_spawn() and whoever calls clone() by itself are not seen. They run a few calls
// before exec, and nothing of ours.

#include <cstdint>

#include "base/atomic.h"

namespace heddle {

namespace detail {

extern Atomic<std::uint32_t> forks;

[[noreturn]] void used_after_fork(char const* what);

}  // namespace detail

// Differs between a process and its children of fork(), and theirs. One relaxed load. Any thread.
inline std::uint32_t process_generation() {
  // A child begins with one thread, which has counted before fork() returns to it.
  return detail::forks.load(relaxed);
}

// The process in which something was made. Any thread.
class Origin {
 public:
  bool is_here() const { return generation_ == process_generation(); }

  // Ends a process that is another, with a message: "heddle: <what> was made before fork() ...".
  void require_here(char const* what) const {
    if (!is_here()) [[unlikely]]
      detail::used_after_fork(what);
  }

 private:
  std::uint32_t generation_ = process_generation();
};

}  // namespace heddle
