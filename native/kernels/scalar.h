#pragma once
// Arithmetic on scalars: the kernels that flow calls through a table.

#include "flow/cell.h"

namespace heddle {

// Number: as JavaScript has it; what is no algebraic function agrees with its Math to 1e-12.
// BigInt: exact to 64 bits with sign, else Overflow; division truncates toward zero, and by zero
// it is DivideByZero. Complex: principal values. Null where an operation is not defined: what
// there is, lib/types.ts says as well, and a test compares the two.
KernelTable const& scalar_kernels();

// The row of each type, in a file each.
using KernelRow = Kernel[kCommandCount];
void add_number_kernels(KernelRow& row);
void add_integer_kernels(KernelRow& row);
void add_boolean_kernels(KernelRow& row);
void add_complex_kernels(KernelRow& row);

// row[code] for those who write one.
inline Kernel& kernel_in(KernelRow& row, CommandCode code) {
  return row[std::size_t(code)];
}

}  // namespace heddle
