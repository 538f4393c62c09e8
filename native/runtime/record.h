#pragma once
// What native code tells JavaScript: one record of 64 bytes, in memory that both sides see.
//
// The layout is a contract with lib/layout.ts; layout.test.ts compares the two.

#include <cstddef>
#include <cstdint>

#include "flow/value.h"

namespace heddle {

enum class RecordKind : std::uint32_t {
  Value = 0,     // An Async came or failed
  Drained = 1,   // Nothing is outstanding in a scheduler
  Digest = 2,    // A file was digested, or could not be read
  Closed = 3,    // The owner of a scheduler has disposed it
  Version = 4,   // A version of a shared value came, or its readers have gone
  Progress = 5,  // So many bytes of a file are there
};

struct Record {
  std::uint32_t token;  // What JavaScript asked with
  RecordKind kind;
  std::uint32_t type;      // Value: Type. Digest: which path, from 0
  std::uint32_t fault;     // FaultCode
  std::uint32_t fault_id;  // Fault::id
  std::uint32_t operation;
  std::int32_t error;  // errno, or 0
  std::uint32_t call;  // Call
  Value value;         // Digest, Progress: the size in bytes, as a number
  std::int64_t left;  // Of bigints that failed. Digest: the low 64 bits. Progress: what is expected
  std::int64_t right;  // The same. Digest: the high 64 bits
};
static_assert(sizeof(Record) == 64);
static_assert(offsetof(Record, call) == 28);
static_assert(offsetof(Record, value) == 32);

}  // namespace heddle
