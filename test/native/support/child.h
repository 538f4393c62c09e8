#pragma once
// Runs a body in a forked child and reports how the child ended and what it wrote to stderr.
//
// For what kills a process, and for what must not disturb the rest of the test: limits, signal
// handlers, system-call filters. Fork before the test starts threads of its own: a child has
// only the thread that forked.

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "base/check.h"

namespace heddle::test {

struct Ending {
  int status = 0;       // As waitpid() gives it.
  std::string message;  // All of stderr.

  bool is_exit(int code) const { return WIFEXITED(status) && WEXITSTATUS(status) == code; }
  bool is_killed_by(int signal) const { return WIFSIGNALED(status) && WTERMSIG(status) == signal; }
  bool says(char const* text) const { return message.find(text) != std::string::npos; }
};

// Runs body() in a child, which exits with 0 when the body returns.
template <class Body>
Ending in_child(Body body) {
  int pipe_ends[2];
  CHECK(pipe(pipe_ends) == 0);
  std::fflush(nullptr);  // Else the child writes it again.
  pid_t const child = ::fork();
  CHECK(child >= 0);
  if (child == 0) {
    dup2(pipe_ends[1], STDERR_FILENO);
    close(pipe_ends[0]);
    close(pipe_ends[1]);
    body();
    _exit(0);
  }
  close(pipe_ends[1]);
  Ending ending;
  char buffer[4096];
  while (true) {
    ssize_t const n = read(pipe_ends[0], buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) break;
    ending.message.append(buffer, std::size_t(n));
  }
  close(pipe_ends[0]);
  CHECK(waitpid(child, &ending.status, 0) == child);
  return ending;
}

// Checks an ending, and shows it when it is not as it should be.
#define CHECK_ENDING(ending, condition)                                                   \
  do {                                                                                    \
    if (!(condition)) {                                                                   \
      std::fprintf(stderr, "child: status %#x, stderr:\n%s\n", unsigned((ending).status), \
                   (ending).message.c_str());                                             \
      CHECK(condition);                                                                   \
    }                                                                                     \
  } while (false)

}  // namespace heddle::test
