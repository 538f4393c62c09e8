#pragma once
// What an Async holds, and what may be wrong with it.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>

#include "base/atomic.h"
#include "flow/array_data.h"

namespace heddle {

// The numbers are a contract with lib/layout.ts.
enum class Type : std::uint8_t {
  Number = 0,   // f64
  BigInt = 1,   // i64: JavaScript's bigint, and an error instead of a wrap
  Bytes = 2,    // The contents of a file
  Boolean = 3,  // true or false
  Complex = 4,  // Two f64
  Array = 5,    // Elements of one type, whose shape the other side knows
};
inline constexpr std::size_t kTypeCount = 5;  // Those that commands compute with: not Array.

// What a command does. The numbers are a contract with lib/layout.ts.
enum class CommandCode : std::uint8_t {
  Constant = 0,   // The value is in the command
  FreeBlock = 1,  // No value: the handles of a block are gone

  // Of two operands.
  Add = 2,
  Sub = 3,
  Mul = 4,
  Div = 5,
  Rem = 6,
  Pow = 7,
  Minimum = 8,
  Maximum = 9,
  Eq = 10,
  Ne = 11,
  Lt = 12,
  Le = 13,
  Gt = 14,
  Ge = 15,
  And = 16,
  Or = 17,

  // Of one, the left.
  Neg = 18,
  Abs = 19,
  Sqrt = 20,
  Exp = 21,
  Log = 22,
  Sin = 23,
  Cos = 24,
  Tan = 25,
  Tanh = 26,
  Floor = 27,
  Ceil = 28,
  Round = 29,
  Not = 30,
  Conj = 31,
  Real = 32,
  Imag = 33,
  Arg = 34,
};
inline constexpr std::size_t kCommandCount = 35;

inline constexpr bool is_operation(CommandCode code) {
  return code >= CommandCode::Add && std::size_t(code) < kCommandCount;
}

inline constexpr bool is_unary(CommandCode code) {
  return code >= CommandCode::Neg;
}

// Owned by the cell that holds it; memory from malloc.
struct Blob {
  std::byte* data;
  std::size_t size;
  void (*free)(Blob& blob) = nullptr;  // Of what is no memory from malloc.
  std::size_t capacity = 0;            // For `free`.
};

struct Complex {
  double re;
  double im;
};

union Value {
  Complex complex;  // The first, so that Value{} is all zero.
  double number;
  std::int64_t integer;
  bool boolean;
  Blob* blob;
  ArrayData* array;
};
static_assert(sizeof(Value) == 16);

// Memory for a result, copied; null: there is none.
inline Blob* make_blob(void const* data, std::size_t size) {
  auto* const copy = static_cast<std::byte*>(std::malloc(size + 1));
  if (copy == nullptr) return nullptr;
  if (size > 0) std::memcpy(copy, data, size);
  return new Blob{copy, size};
}

inline void free_blob(Blob* blob) {
  if (blob == nullptr) return;
  if (blob->free != nullptr) {
    blob->free(*blob);
  } else {
    std::free(blob->data);
  }
  delete blob;
}

// Why a value never came. The numbers are a contract with lib/layout.ts.
enum class FaultCode : std::uint8_t {
  None = 0,
  Overflow = 1,          // A bigint beyond 63 bits
  DivideByZero = 2,      // A bigint divided by 0n
  Cancelled = 3,         // Its scheduler was disposed first
  System = 4,            // A system call failed: error_number, call
  NegativeExponent = 5,  // A bigint to the power of a negative one
  EmptyArray = 6,        // The least or greatest of no elements
  WriterGone = 7,        // The thread that was to write it has ended
  Kernel = 8,            // A kernel in JavaScript has thrown: kernel, bytes
};

// Which system call failed.
enum class Call : std::uint8_t {
  None = 0,
  Open = 1,
  Read = 2,
  Stat = 3,
  Write = 4,
  Fsync = 5,
  Close = 6,
  Lstat = 7,
  Unlink = 8,
  Rmdir = 9,
  Rename = 10,
  Mkdir = 11,
  Link = 12,
  Symlink = 13,
  Fdatasync = 14,
  Ftruncate = 15,
  Fstat = 16,
  Copyfile = 17,
  Scandir = 18,
  Access = 19,
  Poll = 20,
  Mmap = 21,
  Madvise = 22,
};

// One failure. Every value that is computed from a failed one holds the same Fault.
struct Fault {
  std::uint32_t id;  // The same number is the same error object in JavaScript.
  FaultCode code;
  CommandCode operation = CommandCode::Constant;
  Value left{}, right{};     // Of the operation that failed.
  int error_number = 0;      // System only
  Call call = Call::None;    // System only
  std::uint32_t kernel = 0;  // Kernel only: the number of its text
  Blob* bytes = nullptr;  // Kernel only: what was thrown, as JavaScript clones it; empty: it died
  Atomic<bool> is_observed{false};  // Somebody was told of it.
  Atomic<std::uint32_t> holders{1};
};

// A fault with one holder. Any thread.
Fault* make_fault(FaultCode code);
Fault* make_system_fault(int error_number, Call call = Call::None);
Fault* hold(Fault* fault);  // Null stays null.
void drop(Fault* fault);    // The last holder frees it.

}  // namespace heddle
