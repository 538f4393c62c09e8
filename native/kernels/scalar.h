#pragma once
// Arithmetic on numbers and bigints: the kernels that flow calls through a table.

#include "flow/cell.h"

namespace heddle {

// Number: IEEE 754 binary64, as in JavaScript. Integer: exact to 64 bits with sign, else
// Overflow; division truncates toward zero, and by zero is DivideByZero.
KernelTable const& scalar_kernels();

}  // namespace heddle
