#pragma once
// Mapping files for JavaScript: on a fiber, into a cell.

#include <cstddef>
#include <memory>
#include <string>

#include "io/canceller.h"
#include "io/mapping.h"
#include "runtime/runtime.h"

namespace heddle {

enum class Populate : std::uint8_t { No, Yes };

struct MapRequest {
  std::string path;
  Advice advice{};
  Populate populate{};  // Yes: not done before all of it is in memory.
  std::size_t bytes_max = 0;
  std::shared_ptr<Canceller> canceller;  // Or null
};

// Maps a file: the blob of the cell, which Stream::expect() has prepared as Bytes, is a Mapping
// then, which take_mapping() takes out. Any thread.
void map_file(Runtime& runtime, Cell& cell, MapRequest request);

// Once.
std::shared_ptr<Mapping> take_mapping(Cell& cell);

// Brings a part of it into memory; the cell holds nothing then. Any thread.
void prefetch_file(Runtime& runtime, Cell& cell, std::shared_ptr<Mapping> mapping,
                   std::size_t offset, std::size_t length, std::shared_ptr<Canceller> canceller);

// Gives up a share, without this thread having to unmap anything large. Any thread.
void let_go_of_mapping(Runtime& runtime, std::shared_ptr<Mapping> mapping);

}  // namespace heddle
