// A ring where there is no liburing to build one with: it cannot be opened, and so never used.

#include "ring/ring.h"

#if !HEDDLE_HAVE_LIBURING

#include "base/check.h"

struct io_uring {};

namespace heddle {

Result<std::unique_ptr<Ring>> Ring::open(RingOptions const&) {
  return Errno{ENOSYS};
}

Ring::~Ring() = default;

void Ring::enable() {
  CHECK(false);
}
void Ring::nop(Completion&) {
  CHECK(false);
}
void Ring::openat(Completion&, char const*, int, mode_t) {
  CHECK(false);
}
void Ring::read(Completion&, int, void*, std::size_t, std::int64_t, Issue) {
  CHECK(false);
}
void Ring::write(Completion&, int, void const*, std::size_t, std::int64_t, Issue) {
  CHECK(false);
}
void Ring::read_vector(Completion&, int, iovec const*, unsigned, std::int64_t) {
  CHECK(false);
}
void Ring::write_vector(Completion&, int, iovec const*, unsigned, std::int64_t) {
  CHECK(false);
}
void Ring::sync(Completion&, int, bool) {
  CHECK(false);
}
void Ring::facts(Completion&, int, char const*, int, unsigned, struct statx&) {
  CHECK(false);
}
void Ring::unlink(Completion&, char const*, int) {
  CHECK(false);
}
void Ring::rename(Completion&, char const*, char const*) {
  CHECK(false);
}
void Ring::make_folder(Completion&, char const*, mode_t) {
  CHECK(false);
}
void Ring::link(Completion&, char const*, char const*) {
  CHECK(false);
}
void Ring::symbolic_link(Completion&, char const*, char const*) {
  CHECK(false);
}
void Ring::close(Completion&, int) {
  CHECK(false);
}
void Ring::poll(Completion&, int, unsigned) {
  CHECK(false);
}
void Ring::cancel(Token) {
  CHECK(false);
}
void Ring::enter(Wait, std::uint64_t) {
  CHECK(false);
}
unsigned Ring::reap() {
  CHECK(false);
  return 0;
}
void Ring::wake() {
  CHECK(false);
}
void Ring::quiesce() {
  CHECK(false);
}
std::string Ring::describe() const {
  return "none";
}

}  // namespace heddle

#endif
