// Reading on, by whichever way is open.

#include "io/source.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "base/check.h"
#include "io/attempt.h"
#include "io/await.h"
#include "io/blocking.h"

namespace heddle {

namespace {

Result<void> check(FileKind kind) {
  if (kind == FileKind::Regular) return {};
  return kind == FileKind::Folder ? Errno{EISDIR} : Errno{ENXIO};
}

// Before it is opened by an engine, which would wait for a pipe's other end.
Result<void> check_named(char const* path) {
  struct stat found;
  if (stat(path, &found) != 0) return last_error();
  if (S_ISREG(found.st_mode)) return {};
  return check(S_ISDIR(found.st_mode) ? FileKind::Folder : FileKind::Other);
}

}  // namespace

Result<void> Source::open(char const* path, Only only) {
  CHECK(fd_ == -1);
  auto [result, facts] = attempt_source(path);
  if (result < 0 && result != -EAGAIN) return Errno{static_cast<int>(-result)};
  auto const cached = static_cast<int>(result);
  bool const is_cached = result >= 0;
  if (only == Only::RegularFiles) {
    Result<void> const checked = is_cached ? check(facts.kind) : check_named(path);
    if (!checked.ok()) {
      if (is_cached) close_now(cached);
      return checked.error();
    }
  }
  waits_ = !is_cached || facts.kind == FileKind::Fifo;
  if (waits_) {
    auto const opened = open_waiting(path, is_cached ? cached : -1);
    if (!opened.ok()) return opened.error();
    facts = opened.value();
  } else {
    io_.count_inline_hit();
    fd_ = cached;
  }
  seekable_ = facts.seekable;
  at_end_ = false;
  offset_ = 0;
  expected_ = facts.size;
  return {};
}

Result<FileFacts> Source::open_waiting(char const* path, int held) {
  std::int64_t const opened = await_open(io_, path, O_RDONLY, 0, {.result = -EAGAIN, .held = held});
  if (opened < 0) return Errno{static_cast<int>(-opened)};
  fd_ = static_cast<int>(opened);
  return facts_of(fd_);
}

void Source::close() {
  if (fd_ == -1) return;
  close_now(fd_);  // Read-only, so nothing is left to write: see close() in file.cc.
  fd_ = -1;
}

std::int64_t Source::read(void* buffer, std::size_t length) {
  std::int64_t got = read_cached(buffer, length);
  if (got != -EAGAIN) return got;
  make_waiting();
  got = await_read(io_, fd_, buffer, length, position());
  advance(length, got);
  return got;
}

std::int64_t Source::read_cached(void* buffer, std::size_t length) {
  std::size_t const asked = std::min(length, kAttemptBytesMax);
  std::int64_t const got = attempt_read(fd_, buffer, asked, position(), Direct::No);
  if (got == -EAGAIN) return got;
  io_.count_inline_hit();
  advance(asked, got);
  return got;
}

void Source::prepare(Operation& operation, void* buffer, std::size_t length) {
  make_waiting();
  operation.set_read(fd_, buffer, length, position());
}

std::int64_t Source::position() const {
  return seekable_ ? static_cast<std::int64_t>(offset_) : -1;
}

void Source::make_waiting() {
  if (waits_) return;
  heddle::make_waiting(fd_);
  waits_ = true;
}

void Source::advance(std::size_t asked, std::int64_t got) {
  if (got < 0) return;
  auto const count = static_cast<std::size_t>(got);
  offset_ += count;
  at_end_ = count == 0 || (offset_ == expected_ && count < asked);
}

}  // namespace heddle
