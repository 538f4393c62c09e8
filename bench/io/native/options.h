#pragma once
// What the program is told on its command line: COMMAND FILE [--name VALUE]...

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace io_bench {

struct Options {
  std::string command;
  std::string file;
  std::string method;            // See make_method().
  std::string order = "random";  // Or sequential.
  std::string state = "hot";     // Or cold, or direct.
  std::uint64_t bytes = 0;       // Of the file that is made.
  std::uint64_t block = 4096;    // What one operation reads.
  unsigned depth = 1;            // Operations that are in flight at once.
  unsigned count = 0;            // Of small files, or of undisturbed frames.
  std::uint64_t time_ms = 300;   // After which no operation begins.
  std::uint64_t frame_us = 500;  // What a frame computes for.

  bool is_random() const { return order == "random"; }
  bool is_cold() const { return state == "cold"; }
  bool is_direct() const { return state == "direct"; }
};

// What cannot be done here is no failure: it is left out of the tables, with this reason.
[[noreturn]] inline void skip(std::string const& reason) {
  std::fprintf(stderr, "%s", reason.c_str());
  std::exit(3);
}

[[noreturn]] inline void usage(char const* what) {
  std::fprintf(stderr, "io_bench: %s: COMMAND FILE [--name VALUE]...\n", what);
  std::exit(2);
}

inline Options parse_options(int argc, char** argv) {
  if (argc < 3 || argc % 2 == 0) usage("names and values");
  Options options;
  options.command = argv[1];
  options.file = argv[2];
  for (int i = 3; i + 1 < argc; i += 2) {
    std::string_view const name = argv[i];
    char const* const value = argv[i + 1];
    std::uint64_t const number = std::strtoull(value, nullptr, 10);
    if (name == "--method") {
      options.method = value;
    } else if (name == "--order") {
      options.order = value;
    } else if (name == "--state") {
      options.state = value;
    } else if (name == "--bytes") {
      options.bytes = number;
    } else if (name == "--block") {
      options.block = number;
    } else if (name == "--depth") {
      options.depth = unsigned(number);
    } else if (name == "--count") {
      options.count = unsigned(number);
    } else if (name == "--time") {
      options.time_ms = number;
    } else if (name == "--frame") {
      options.frame_us = number;
    } else {
      usage(argv[i]);
    }
  }
  return options;
}

}  // namespace io_bench
