// Versions of a shared value: settled, read, waited for under one lock.

#include "flow/timeline.h"

#include <cstring>
#include <utility>

#include "base/check.h"

namespace heddle {

namespace {

ArrayData* copy_of(ArrayData const& array) {
  ArrayData* const copy = make_array(array.bytes);
  if (copy != nullptr && array.bytes > 0) std::memcpy(copy->data, array.data, array.bytes);
  return copy;
}

}  // namespace

Contents::Contents(Contents&& from) noexcept {
  *this = std::move(from);
}

Contents& Contents::operator=(Contents&& from) noexcept {
  std::swap(outcome, from.outcome);
  std::swap(type, from.type);
  std::swap(value, from.value);
  std::swap(fault, from.fault);
  std::swap(meta, from.meta);
  return *this;
}

Contents::~Contents() {
  drop(fault);
  if (outcome == Outcome::Array) drop(value.array);
  if (outcome == Outcome::Clone || outcome == Outcome::Thrown) free_blob(value.blob);
}

Contents Contents::abandoned() {
  Contents contents;
  contents.outcome = Outcome::Abandoned;
  return contents;
}

Contents Contents::failed(Fault* fault) {
  Contents contents;
  contents.outcome = Outcome::Fault;
  contents.fault = fault;
  return contents;
}

Contents Contents::bytes(Outcome of, void const* data, std::size_t size) {
  Blob* const copy = make_blob(data, size);
  if (copy == nullptr) return failed(make_system_fault(ENOMEM));
  Contents contents;
  contents.outcome = of;
  contents.value.blob = copy;
  return contents;
}

Contents Contents::of(Cell const& cell, std::vector<double> meta) {
  CHECK(cell.is_settled());
  Contents contents;
  if (cell.fault != nullptr) return failed(heddle::hold(cell.fault));
  contents.type = cell.type();
  if (contents.type != Type::Array) {
    CHECK(contents.type != Type::Bytes);
    contents.outcome = Outcome::Scalar;
    contents.value = cell.value;
    return contents;
  }
  ArrayData* const array = cell.value.array;
  contents.value.array = array->lender == nullptr ? heddle::hold(array) : copy_of(*array);
  if (contents.value.array == nullptr) return failed(make_system_fault(ENOMEM));
  contents.outcome = Outcome::Array;
  contents.meta = std::move(meta);
  return contents;
}

Timeline::Timeline() : now_(std::make_shared<Version>()) {
}

VersionRef Timeline::now(bool reads) {
  LockGuard const guarded(lock_);
  if (reads) ++now_->readers;
  return now_;
}

Timeline::Next Timeline::next() {
  LockGuard const guarded(lock_);
  if (is_closed_) return {};
  Next next;
  if (now_->is_claimed || now_->contents.outcome != Outcome::Open) {
    next.previous = std::exchange(now_, std::make_shared<Version>());
  }
  next.version = now_;
  now_->is_claimed = true;
  if (open_.size() >= open_checked_) {
    std::erase_if(open_, [](auto const& weak) {
      VersionRef const version = weak.lock();
      return version == nullptr || version->contents.outcome != Outcome::Open;
    });
    open_checked_ = 2 * open_.size() + 16;
  }
  open_.push_back(now_);
  return next;
}

bool Timeline::settle(Version& version, Contents contents) {
  LockGuard const guarded(lock_);
  if (version.contents.outcome != Outcome::Open) return false;
  version.contents = std::move(contents);
  version.is_claimed = true;
  tell(version);
  return true;
}

bool Timeline::assign(KernelTable const& kernels, CommandCode code, Type type,
                      Value const& operand) {
  Kernel const kernel = kernels.of[std::size_t(type)][std::size_t(code)];
  CHECK(kernel != nullptr);
  LockGuard const guarded(lock_);
  Contents const& from = now_->contents;
  if (is_closed_ || from.outcome != Outcome::Scalar || from.type != type) return false;
  Contents made;
  made.outcome = Outcome::Scalar;
  made.type = type;
  if (kernel(from.value, operand, made.value) != FaultCode::None) return false;
  // Nobody else knows the version: it may become the next one.
  if (now_.use_count() > 1) now_ = std::make_shared<Version>();
  now_->is_claimed = true;
  now_->contents = std::move(made);
  return true;
}

void Timeline::hold(Version& version) {
  LockGuard const guarded(lock_);
  ++version.readers;
}

void Timeline::release(Version& version) {
  LockGuard const guarded(lock_);
  CHECK(version.readers > 0);
  if (--version.readers == 0) tell(version);
}

bool Timeline::is(Version& version, Moment moment) {
  LockGuard const guarded(lock_);
  return has_come(version, moment);
}

bool Timeline::watch(Version& version, Version::Watch const& watch) {
  LockGuard const guarded(lock_);
  if (has_come(version, watch.moment)) return false;
  version.watches.push_back(watch);
  return true;
}

void Timeline::forget(Version& version, Notify& to) {
  LockGuard const guarded(lock_);
  std::erase_if(version.watches, [&](Version::Watch const& watch) { return watch.to == &to; });
}

bool Timeline::wait(Version& version, Moment moment, std::uint64_t deadline_ns) {
  while (true) {
    // Relaxed: it is compared by the futex, and what it stands for is read under the lock.
    std::uint32_t const news = version.news.load(relaxed);
    if (is(version, moment)) return true;
    if (!futex_wait_until(version.news, news, deadline_ns)) return is(version, moment);
  }
}

void Timeline::close() {
  LockGuard const guarded(lock_);
  is_closed_ = true;
  auto const cancel = [&](Version& version) {
    if (version.contents.outcome != Outcome::Open) return;
    version.contents = Contents::failed(make_fault(FaultCode::Cancelled));
    tell(version);
  };
  for (auto const& weak : open_) {
    if (VersionRef const version = weak.lock()) cancel(*version);
  }
  open_.clear();
  cancel(*now_);
}

// V3. With the lock held.
bool Timeline::has_come(Version const& version, Moment moment) const {
  if (version.contents.outcome == Outcome::Open) return false;
  return moment == Moment::Settled || version.readers == 0;
}

// With the lock held, after a change.
void Timeline::tell(Version& version) {
  version.news.fetch_add(1, relaxed);  // As in wait().
  futex_wake(version.news, INT32_MAX);
  std::erase_if(version.watches, [&](Version::Watch const& watch) {
    if (!has_come(version, watch.moment)) return false;
    watch.to->notify(watch.token);
    return true;
  });
}

}  // namespace heddle
