#pragma once
// Numbers for texts: kernels are sent to isolates, and named in records, by them.

#include <cstdint>
#include <string>
#include <string_view>

namespace heddle {

// The same text has the same number, from 1 on, as long as the process lives. Any thread.
std::uint32_t number_of_text(std::string_view text);

// The text of a number that was given. Any thread.
std::string const& text_of_number(std::uint32_t number);

}  // namespace heddle
