// A fork and its join that no thief has met cost at most twelve instructions more than a call.
//
// Method: this program runs itself under callgrind, which counts every instruction. fib without a
// cut-off, serially and with a fork a call, for two sizes: the difference between sizes is free of
// what starting costs, and the difference between the codes is what the forks cost. Both functions
// are compiled alike: out of line, a call stays a call. Without callgrind nothing is tested, and
// the program says so.
//
// There are two serial codes. For the obvious one gcc saves registers before it tests n, also where
// n < 2 needs none; with a fork it does not. That makes the obvious code eight instructions longer
// than it could be. So the fork is also held against the lean code, with a limit of its own.

// As a program is compiled that wants to be fast. Else gcc makes a loop of the serial code's second
// call, and the price of a call would be counted as a fork's.
#ifndef __clang__
#pragma GCC optimize("omit-frame-pointer", "no-optimize-sibling-calls")
#endif

#include <array>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "heddle/scheduler.h"
#include "support/process.h"

namespace heddle {
namespace {

constexpr double kInstructionsMax = 12;
constexpr double kInstructionsOverLeanMax = 20;
constexpr int kSmall = 20;
constexpr int kLarge = 25;

[[gnu::noinline, gnu::aligned(64)]] long call_fib(int n) {
  if (n < 2) return n;
  long const b = call_fib(n - 2);
  return call_fib(n - 1) + b;
}

[[gnu::noinline, gnu::aligned(64)]] long call_lean_fib(int n) {
  if (n < 2) return n;
  asm("" : "+r"(n));  // What keeps gcc from saving registers for both branches.
  long const b = call_lean_fib(n - 2);
  return call_lean_fib(n - 1) + b;
}

[[gnu::noinline, gnu::aligned(64)]] long fork_fib(KernelContext t, int n) {
  if (n < 2) return n;
  t.fork<fork_fib>(n - 1);
  long const b = fork_fib(t, n - 2);
  return t.join<fork_fib>() + b;
}

// What the child process does.
void run_fib(std::string const& how, int n) {
  long result = 0;
  auto scheduler = Scheduler::start({.threads = 1});
  CHECK(scheduler.ok());
  run(*scheduler.value(), [&](KernelContext t) {
    result = how == "fork" ? fork_fib(t, n) : how == "lean" ? call_lean_fib(n) : call_fib(n);
  });
  scheduler.value()->stop();
  CHECK(result == (n == kSmall ? 6765 : 75'025));
}

// Runs a shell command that must succeed. Returns what it printed.
std::string output_of(std::string const& command) {
  std::FILE* pipe = popen(command.c_str(), "r");
  CHECK(pipe != nullptr);
  std::string output;
  std::array<char, 4096> part;
  while (std::size_t const bytes = std::fread(part.data(), 1, part.size(), pipe)) {
    output.append(part.data(), bytes);
  }
  if (int const status = pclose(pipe); status != 0) {
    std::printf("%s\nfailed: %s\n", output.c_str(), command.c_str());
    std::abort();
  }
  return output;
}

// All instructions of a process that calculates fib(n).
double count_instructions(std::string const& self, std::string const& how, int n) {
  std::string const program = "'" + self + "' " + how + " " + std::to_string(n);
  std::string const output = output_of("valgrind --tool=callgrind --callgrind-out-file=/dev/null " +
                                       program + " 2>&1");
  std::size_t const at = output.find("Collected : ");
  CHECK(at != std::string::npos);
  return std::strtod(output.c_str() + at + std::string("Collected : ").size(), nullptr);
}

void a_fork_and_a_join_cost_twelve_instructions(std::string const& self) {
  double const forks = 121'393 - 10'946;  // fib(n + 1) - 1 of each size.
  auto const per_fork = [&](char const* how) {
    return (count_instructions(self, how, kLarge) - count_instructions(self, how, kSmall)) / forks;
  };
  double const called = per_fork("call"), lean = per_fork("lean"), forked = per_fork("fork");
  std::printf("instructions a fork: %.2f as calls, %.2f as lean calls, %.2f forked\n", called, lean,
              forked);
  std::printf("a fork and a join: %.2f, over lean calls %.2f\n", forked - called, forked - lean);
  std::fflush(stdout);
  CHECK(lean > 10);  // It has counted.
  // Threads never start and stop in quite as many instructions: hence the rounding.
  CHECK(std::round(forked - called) <= kInstructionsMax);
  CHECK(std::round(forked - lean) <= kInstructionsOverLeanMax);
}

// The compiler and the processor that the limits are for.
#if defined(__x86_64__) && !defined(__clang__)
constexpr bool kHasLimits = true;
#else
constexpr bool kHasLimits = false;
#endif

bool has_callgrind() {
  return std::system("valgrind --tool=callgrind --callgrind-out-file=/dev/null true 2>/dev/null") ==
         0;
}

int test_all(std::string const& self) {
  if (test::kSanitized || test::is_emulated()) {
    std::puts("not tested: a sanitizer's or an emulator's instructions mean nothing");
  } else if (!kHasLimits) {
    std::puts("not tested: the limits are those of gcc's code for x86-64");
  } else if (!has_callgrind()) {
    std::puts("not tested: there is no valgrind here");
  } else {
    a_fork_and_a_join_cost_twelve_instructions(self);
  }
  return 0;
}

}  // namespace
}  // namespace heddle

int main(int argc, char** argv) {
  if (argc < 3) return heddle::test_all(argv[0]);
  heddle::run_fib(argv[1], std::atoi(argv[2]));
}
