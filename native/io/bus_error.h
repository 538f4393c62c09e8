#pragma once
// Keeps a process alive that reads mapped bytes which the file does not have any more.
//
// The kernel raises SIGBUS at a touch of a page that somebody has cut off the file, that the disk
// fails to read, or that there is no room for. Where it is a page of ours, the handler puts a page
// of zeros in its place, and the thread goes on as if nothing had been. Every other SIGBUS goes on
// to whoever handled it before.
//
// Rules, cited below by name:
//   Z1  A page is looked at and replaced under one lock, that only the handler takes: a thread that
//       comes second does not wipe out what the first has written since.
//   Z2  The handler touches no mapped byte, and no signal interrupts it: so no thread that holds
//       the lock comes here again.
//   Z3  Whoever was there first is asked last: who is asked for a signal and hands it back to us,
//       as it was installed after us and chains, gets it no second time.

#include <cstdint>

#include "io/mapped_ranges.h"

namespace heddle {

// As many as there can be mappings in a process by the kernel's default, vm.max_map_count.
using MappedFileRanges = MappedRanges<65536>;

// Of this process.
extern MappedFileRanges mapped_file_ranges;

// Puts our handler before the present one, unless it is ours. To be called before each mapping:
// somebody may have replaced ours since the last one. Any thread.
void install_bus_error_handler();

}  // namespace heddle
