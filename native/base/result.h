#pragma once
// Errors that the outside world can cause, as values.
//
// An Errno is the kernel's own error number, kept as it is from the system call to
// the `code` of the JavaScript error ("ECONNRESET"), so it means the same at every
// layer. Nothing in the core throws. A Result belongs to whoever holds it, like any
// other value.

#include <cerrno>
#include <optional>
#include <type_traits>
#include <utility>

#include "base/check.h"

namespace heddle {

// Never zero: zero is the absence of an error.
enum class Errno : int {};

// The error of the system call that just failed on this thread.
inline Errno last_error() {
  CHECK(errno != 0);
  return Errno{errno};
}

// A T, or why there is none.
template <class T>
class [[nodiscard]] Result {
  static_assert(!std::is_same_v<T, Errno>, "value and error must differ in type");

 public:
  Result(T value) : value_(std::move(value)) {}
  Result(Errno error) : error_(error) { CHECK(error != Errno{}); }

  bool ok() const { return value_.has_value(); }

  // Only when ok(). On a temporary, or through std::move, the value can be moved out.
  T& value() & {
    CHECK(ok());
    return *value_;
  }
  T const& value() const& {
    CHECK(ok());
    return *value_;
  }
  T&& value() && {
    CHECK(ok());
    return *std::move(value_);
  }

  // Only when not ok().
  Errno error() const {
    CHECK(!ok());
    return error_;
  }

 private:
  std::optional<T> value_;
  Errno error_{};
};

// Success, which is `return {};`, or why not.
template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Errno error) : error_(error) { CHECK(error != Errno{}); }

  bool ok() const { return error_ == Errno{}; }

  // Only when not ok().
  Errno error() const {
    CHECK(!ok());
    return error_;
  }

 private:
  Errno error_{};
};

}  // namespace heddle
