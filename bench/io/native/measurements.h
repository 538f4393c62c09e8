#pragma once
// The measurements, one a command. Each prints one line of JSON.

#include "options.h"

namespace io_bench {

// Blocks of one file in random or in rising order: how many a second, and what each costs.
void measure_reads(Options const& options);

// Frames that compute, with a load going on behind them: how much longer each takes.
void measure_frames(Options const& options);

// Many small files, opened, read and closed.
void measure_small_files(Options const& options);

}  // namespace io_bench
