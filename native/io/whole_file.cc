// From the cache as far as it goes, else from the disk.

#include "io/whole_file.h"

#include <sys/mman.h>

#include <algorithm>

#include "base/check.h"
#include "io/canceller.h"
#include "io/source.h"
#include "sched/suspend.h"

namespace heddle {

namespace {

// Where nothing is known about the size: the most that /proc usually gives at once.
constexpr std::size_t kFirstBytes = 64 * 1024;

// What is copied from the cache before others have a turn: some 400 us.
constexpr std::size_t kTurnBytes = std::size_t{4} << 20;

// Fresh memory costs a page fault for each page of it, and as much again when it is given back;
// huge ones have a five hundredth of them.
void wish_for_huge_pages(std::span<std::byte> memory) {
  constexpr std::uintptr_t kHuge = std::uintptr_t{2} << 20;
  auto const begin = reinterpret_cast<std::uintptr_t>(memory.data());
  std::uintptr_t const first = (begin + kHuge - 1) / kHuge * kHuge;
  std::uintptr_t const end = (begin + memory.size()) / kHuge * kHuge;
  if (first < end) (void)madvise(reinterpret_cast<void*>(first), end - first, MADV_HUGEPAGE);
}

class WholeFile {
 public:
  WholeFile(Io& io, ReadFileOptions const& options) : source_(io), direct_(io), options_(options) {}

  Result<Bytes> read(char const* path) {
    auto const begun = go_on_unless_given_up();
    if (!begun.ok()) return begun.error();
    auto const opened = source_.open(path);
    if (!opened.ok()) return opened.error();
    if (options_.call != nullptr) *options_.call = FileCall::Read;
    if (source_.expected() > options_.bytes_max) return Errno{EFBIG};
    if (options_.expected != nullptr && source_.expected() > kDirectBytesMin) {
      *options_.expected = source_.expected();
      return Bytes();
    }
    if (!begin()) return Errno{ENOMEM};
    while (!source_.at_end() && !(options_.cuts && bytes_.room() == 0)) {
      Result<void> const went_on = bytes_.room() > 0 ? go_on() : grow();
      if (!went_on.ok()) return went_on.error();
    }
    if (bytes_.size() > options_.bytes_max) return Errno{EFBIG};
    return std::move(bytes_);
  }

 private:
  [[nodiscard]] bool begin() {
    if (options_.into) {
      wish_for_huge_pages(*options_.into);
      bytes_ = Bytes::over(*options_.into);
      return true;
    }
    std::size_t const room = source_.expected_room();
    if (room < kDirectBytesMin) return bytes_.reserve(room > 0 ? room : kFirstBytes);
    return bytes_.reserve_pages(room);
  }

  // There is no room, and it has not yet been seen to end.
  Result<void> grow() {
    if (!bytes_.is_own()) {
      std::byte one;
      std::int64_t const got = source_.read(&one, 1);
      if (got < 0) return Errno{int(-got)};
      return got == 0 ? Result<void>{} : Errno{EFBIG};
    }
    if (bytes_.size() > options_.bytes_max) return Errno{EFBIG};
    // Room for one byte too many, by which it is found out.
    std::size_t const room = std::min(bytes_.size() * 2, options_.bytes_max + 1);
    return bytes_.reserve(room) ? Result<void>{} : Errno{ENOMEM};
  }

  Result<void> go_on() {
    std::int64_t got = source_.read_cached(bytes_.end(), bytes_.room());
    if (got == -EAGAIN && can_be_direct()) return read_directly();
    if (got == -EAGAIN) got = source_.read(bytes_.end(), bytes_.room());
    if (got < 0) return Errno{int(-got)};
    return add(static_cast<std::size_t>(got));
  }

  Result<void> add(std::size_t count) {
    if (count == 0) return {};
    bytes_.extend(count);
    if (options_.progress != nullptr) {
      options_.progress->loaded(bytes_.size(), std::max(bytes_.size(), source_.expected()));
    }
    turn_ += count;
    if (turn_ < kTurnBytes) return {};
    turn_ = 0;
    yield();
    return go_on_unless_given_up();
  }

  Result<void> go_on_unless_given_up() const {
    Canceller* const canceller = Fiber::running()->canceller;
    bool const is_given_up = canceller != nullptr && canceller->is_asked();
    // Relaxed: who misses it reads a little more.
    bool const ends = options_.ends != nullptr && options_.ends->load(relaxed);
    return is_given_up || ends ? Errno{ECANCELED} : Result<void>{};
  }

  bool can_be_direct() {
    std::size_t const room = source_.expected_room();  // One more than is expected.
    if (is_refused_ || room <= kDirectBytesMin || room - 1 > bytes_.room()) return false;
    if (source_.offset() % DirectRead::kAlignment != 0) return false;
    if (!is_open_) is_open_ = direct_.open(source_.fd());
    is_refused_ = !is_open_;
    return is_open_;
  }

  // All that is expected; what is behind that is found by go_on().
  Result<void> read_directly() {
    std::size_t const length = source_.expected() - source_.offset();
    std::int64_t const got = direct_.read(bytes_.end(), bytes_.room(), source_.offset(), length,
                                          options_.progress);
    if (got == -EINVAL) {
      is_refused_ = true;
      return {};
    }
    if (got < 0) return Errno{int(-got)};
    source_.advance(length + 1, got);
    bytes_.extend(static_cast<std::size_t>(got));
    return {};
  }

  Source source_;
  DirectRead direct_;
  ReadFileOptions const& options_;
  Bytes bytes_;
  bool is_open_ = false;     // direct_ is.
  bool is_refused_ = false;  // It cannot be done.
  std::size_t turn_ = 0;     // Bytes since others had one.
};

}  // namespace

Result<Bytes> read_file(Io& io, char const* path, ReadFileOptions const& options) {
  CHECK(options.bytes_max < SIZE_MAX);
  if (options.call != nullptr) *options.call = FileCall::Open;
  return WholeFile(io, options).read(path);
}

}  // namespace heddle
