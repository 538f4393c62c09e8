// Reads files by one method, and says what that took; also makes the files, and evicts them.
#include "file.h"
#include "measurements.h"
#include "options.h"

int main(int argc, char** argv) {
  using namespace io_bench;
  Options const options = parse_options(argc, argv);
  struct Command {
    char const* name;
    void (*run)(Options const&);
  };
  Command const commands[] = {{"make", make_file},
                              {"make-small", make_small_files},
                              {"warm", warm},
                              {"evict", evict},
                              {"reads", measure_reads},
                              {"frames", measure_frames},
                              {"small", measure_small_files}};
  for (Command const& command : commands) {
    if (options.command != command.name) continue;
    command.run(options);
    return 0;
  }
  usage(options.command.c_str());
}
