// XXH3 over chunks as a FileStream brings them.

#include "kernels/digest.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "sched/suspend.h"

namespace heddle {

namespace {

constexpr std::uint64_t kSliceNanoseconds = 500'000;

Hash128 to_hash(XXH128_hash_t hash) {
  return {hash.low64, hash.high64};
}

}  // namespace

Hash128 hash_bytes(void const* data, std::size_t size) {
  return to_hash(XXH3_128bits(data, size));
}

Result<FileDigest> Digester::digest(char const* path, Call& call) {
  call = Call::Open;
  Result<void> const opened = stream_.open(path, Only::RegularFiles);
  if (!opened.ok()) return opened.error();
  call = Call::Read;
  XXH3_state_t state;
  XXH3_128bits_reset(&state);
  std::uint64_t size = 0;
  while (true) {
    if (cancelled_.load(relaxed)) return Errno{ECANCELED};
    give_way();
    auto const chunk = stream_.next();
    if (!chunk.ok()) return chunk.error();
    if (chunk.value().empty()) break;
    size += chunk.value().size();
    XXH3_128bits_update(&state, chunk.value().data(), chunk.value().size());
  }
  stream_.close();
  call = Call::None;
  return FileDigest{size, to_hash(XXH3_128bits_digest(&state))};
}

// Cached files never suspend a fiber by themselves, and others want the worker too.
void Digester::give_way() {
  if (now_ns() - running_since_ < kSliceNanoseconds) return;
  yield();
  running_since_ = now_ns();
}

}  // namespace heddle
