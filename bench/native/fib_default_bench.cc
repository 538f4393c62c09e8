// What do a fork and a join cost where gcc may do with the serial code what it likes?
//
// It makes a loop of the second call, and so half as many calls. A fork leaves no call to do so
// with.
#include "support/fib_program.h"

int main(int argc, char** argv) {
  return bench::solve_fib(argc, argv);
}
