#pragma once
// A step as a person reads it, with the line of source that made it.

#include <cstdio>
#include <fstream>
#include <string>

#include "model/site.h"

namespace heddle::model {

// The text of a source line without its indentation; empty where the file cannot be read.
inline std::string source_text(Site const& site) {
  std::ifstream file(site.file);
  std::string line;
  for (std::uint32_t n = 0; n < site.line; ++n) {
    if (!std::getline(file, line)) return "";
  }
  std::size_t const start = line.find_first_not_of(' ');
  return start == std::string::npos ? "" : line.substr(start);
}

inline std::string trace_line(std::string const& thread, Op op, std::string const& what,
                              Site const& site) {
  std::string const place = site.line == 0
                                ? ""
                                : std::string(site.file_name()) + ":" + std::to_string(site.line);
  char line[160];
  std::snprintf(line, sizeof(line), "%-12s %-16s %-34s %-24s ", thread.c_str(), name(op),
                what.c_str(), place.c_str());
  return line + source_text(site);
}

}  // namespace heddle::model
