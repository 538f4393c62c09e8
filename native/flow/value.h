#pragma once
// What an Async holds, and what may be wrong with it.

#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "base/atomic.h"

namespace heddle {

enum class Type : std::uint8_t {
  Number,  // f64
  BigInt,  // i64: JavaScript's bigint, and an error instead of a wrap
  Bytes,   // The contents of a file
};

// The operations of the command stream. The numbers are a contract with lib/layout.ts.
enum class CommandCode : std::uint8_t {
  Constant = 0,  // The value is in the command
  Add = 1,
  Sub = 2,
  Mul = 3,
  Div = 4,
  FreeBlock = 5,  // No value: the handles of a block are gone
};
inline constexpr std::size_t kArithmeticCount = 5;  // Constant to Div

// Owned by the cell that holds it; memory from malloc.
struct Blob {
  std::byte* data;
  std::size_t size;
};

union Value {
  double number;
  std::int64_t integer;
  Blob* blob;
};
static_assert(sizeof(Value) == 8);

inline void free_blob(Blob* blob) {
  if (blob == nullptr) return;
  std::free(blob->data);
  delete blob;
}

// Why a value never came. The numbers are a contract with lib/layout.ts.
enum class FaultCode : std::uint8_t {
  None = 0,
  Overflow = 1,      // A bigint beyond 63 bits
  DivideByZero = 2,  // A bigint divided by 0n
  Cancelled = 3,     // Its scheduler was disposed first
  System = 4,        // A system call failed: error_number, call
};

// Which system call failed.
enum class Call : std::uint8_t { None = 0, Open = 1, Read = 2, Stat = 3 };

// One failure. Every value that is computed from a failed one holds the same Fault.
struct Fault {
  std::uint32_t id;  // The same number is the same error object in JavaScript.
  FaultCode code;
  CommandCode operation = CommandCode::Constant;
  Value left{}, right{};   // Of the operation that failed.
  int error_number = 0;    // System only
  Call call = Call::None;  // System only
  Atomic<std::uint32_t> holders{1};
};

// A fault with one holder. Any thread.
Fault* make_fault(FaultCode code);
Fault* hold(Fault* fault);  // Null stays null.
void drop(Fault* fault);    // The last holder frees it.

}  // namespace heddle
