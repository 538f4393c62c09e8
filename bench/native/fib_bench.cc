// What do a fork and a join cost over a plain call, and how well do two workers share a tree?
//
// A plain call: the build keeps gcc from making a loop of the serial code's second one.
#include "support/fib_program.h"

int main(int argc, char** argv) {
  return bench::solve_fib(argc, argv);
}
