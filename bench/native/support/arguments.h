#pragma once
// What every benchmark program is told on its command line.
//
//   --workers N   run the parallel code with N workers; 0 is the serial code (default 1)
//   --size N      of the problem, in the problem's own unit
//   --mode WORD   a variant, where a program has several
//   --tiny        a size that takes a moment: for a test

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace bench {

struct Arguments {
  unsigned workers = 1;
  long size = 0;  // 0: the program's own choice.
  std::string mode;
  bool is_tiny = false;

  // What was asked for, else the default for this kind of run.
  long size_or(long full, long tiny) const {
    if (size != 0) return size;
    return is_tiny ? tiny : full;
  }
};

inline Arguments parse_arguments(int argc, char** argv) {
  Arguments arguments;
  for (int i = 1; i < argc; ++i) {
    std::string_view const name = argv[i];
    bool const has_value = i + 1 < argc;
    if (name == "--tiny") {
      arguments.is_tiny = true;
    } else if (name == "--workers" && has_value) {
      arguments.workers = unsigned(std::strtoul(argv[++i], nullptr, 10));
    } else if (name == "--size" && has_value) {
      arguments.size = std::strtol(argv[++i], nullptr, 10);
    } else if (name == "--mode" && has_value) {
      arguments.mode = argv[++i];
    } else {
      std::fprintf(stderr, "usage: %s [--workers N] [--size N] [--mode WORD] [--tiny]\n", argv[0]);
      std::exit(2);
    }
  }
  return arguments;
}

}  // namespace bench
