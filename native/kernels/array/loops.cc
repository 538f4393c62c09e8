// Which instruction set is used.
#include "kernels/array/loops.h"

#include "base/atomic.h"

namespace heddle::array {
namespace {

Loops const& compiled_for(InstructionSet set) {
  switch (set) {
#if defined(__x86_64__)
    case InstructionSet::Avx2:
      return avx2::compiled();
    case InstructionSet::Avx512:
      return avx512::compiled();
#endif
    default:
      return plain::compiled();
  }
}

Loops const& best() {
  if (has(InstructionSet::Avx512)) return compiled_for(InstructionSet::Avx512);
  if (has(InstructionSet::Avx2)) return compiled_for(InstructionSet::Avx2);
  return compiled_for(InstructionSet::Plain);
}

// Null until somebody asks. Tables are constant, so the order is of no matter.
constinit Atomic<Loops const*> chosen{nullptr};

}  // namespace

bool has(InstructionSet set) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (set == InstructionSet::Avx2) {
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  }
  if (set == InstructionSet::Avx512) {
    return has(InstructionSet::Avx2) && __builtin_cpu_supports("avx512f") &&
           __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512vl");
  }
#endif
  return set == InstructionSet::Plain;
}

Loops const& loops() {
  Loops const* known = chosen.load(relaxed);
  if (known == nullptr) {
    known = &best();
    chosen.store(known, relaxed);
  }
  return *known;
}

void use(InstructionSet set) {
  CHECK(has(set));
  chosen.store(&compiled_for(set), relaxed);
}

}  // namespace heddle::array
