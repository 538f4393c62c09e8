// What do a fork and a join cost over a plain call, and how well do two workers share a tree?
//
// A plain call: the build keeps gcc from making a loop of the serial code's second one. --mode bare
// shows what two workers could gain at best: as many bare threads, each with the serial code and a
// tree of its own.
#include <thread>

#include "support/fib_program.h"

static int solve_bare(bench::Arguments const& arguments) {
  bench::Fib const fib(arguments.size_or(bench::Fib::kFull, bench::Fib::kTiny));
  auto const solve = [&] { bench::require(fib.is_right(fib.solve()), bench::Fib::kName); };
  bench::Sample const sample = bench::measure([&] {
    std::vector<std::thread> others(arguments.workers - 1);
    for (std::thread& other : others) other = std::thread(solve);
    solve();
    for (std::thread& other : others) other.join();
  });
  bench::Report("bare")
      .add("workers", arguments.workers)
      .add("units", double(arguments.workers) * double(fib.units()))
      .add(sample)
      .print();
  return 0;
}

int main(int argc, char** argv) {
  bench::Arguments const arguments = bench::parse_arguments(argc, argv);
  bool const is_bare = arguments.mode == "bare" && arguments.workers > 0;
  return is_bare ? solve_bare(arguments) : bench::solve_fib(argc, argv);
}
