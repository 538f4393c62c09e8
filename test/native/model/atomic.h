#pragma once
// The model's atomics: the part of std::atomic that the core uses, one step at a time.
//
// location.h has the meaning; this gives it types. Every operation takes its order, without a
// default, and notes where it was called.

#include <atomic>
#include <concepts>
#include <cstdint>
#include <cstring>
#include <type_traits>

#include "model/location.h"

namespace heddle::model {

template <class T>
class Atomic {
  static constexpr std::size_t kBytes = sizeof(T);  // NOLINT(bugprone-sizeof-expression): pointers.
  static_assert(std::is_trivially_copyable_v<T> && kBytes <= sizeof(Location::Value));
  static_assert(std::has_unique_object_representations_v<T>, "values are compared by their bits");

 public:
  using value_type = T;
  static constexpr bool is_always_lock_free = true;  // NOLINT: the standard's name.

  Atomic() : Atomic(T{}) {}
  Atomic(T initial) : location_(bits(initial)) {}

  T load(std::memory_order order, Site site = Site::here()) const {
    return value(location_.load(order, site));
  }

  void store(T desired, std::memory_order order, Site site = Site::here()) {
    location_.store(bits(desired), order, site);
  }

  T exchange(T desired, std::memory_order order, Site site = Site::here()) {
    return update(Op::Exchange, order, site, [=](T) { return desired; });
  }

  T fetch_add(T operand, std::memory_order order,
              Site site = Site::here()) requires std::integral<T> {
    return update(Op::FetchAdd, order, site, [=](T old) { return static_cast<T>(old + operand); });
  }

  T fetch_sub(T operand, std::memory_order order,
              Site site = Site::here()) requires std::integral<T> {
    return update(Op::FetchSub, order, site, [=](T old) { return static_cast<T>(old - operand); });
  }

  T fetch_or(T operand, std::memory_order order,
             Site site = Site::here()) requires std::integral<T> {
    return update(Op::FetchOr, order, site, [=](T old) { return static_cast<T>(old | operand); });
  }

  T fetch_and(T operand, std::memory_order order,
              Site site = Site::here()) requires std::integral<T> {
    return update(Op::FetchAnd, order, site, [=](T old) { return static_cast<T>(old & operand); });
  }

  T fetch_xor(T operand, std::memory_order order,
              Site site = Site::here()) requires std::integral<T> {
    return update(Op::FetchXor, order, site, [=](T old) { return static_cast<T>(old ^ operand); });
  }

  bool compare_exchange_strong(T& expected, T desired, std::memory_order success,
                               std::memory_order failure, Site site = Site::here()) {
    return compare_exchange(expected, desired, success, failure, Strength::Strong, site);
  }

  // Also fails for no reason, as often as Options::surprises has it.
  bool compare_exchange_weak(T& expected, T desired, std::memory_order success,
                             std::memory_order failure, Site site = Site::here()) {
    return compare_exchange(expected, desired, success, failure, Strength::Weak, site);
  }

  Location& location() { return location_; }

 private:
  static Location::Value bits(T value) {
    Location::Value bits = 0;
    std::memcpy(&bits, &value, kBytes);
    return bits;
  }

  static T value(Location::Value bits) {
    T value;
    std::memcpy(&value, &bits, kBytes);
    return value;
  }

  template <class Change>
  T update(Op op, std::memory_order order, Site const& site, Change change) {
    return value(location_.update(op, order, site,
                                  [&](Location::Value old) { return bits(change(value(old))); }));
  }

  bool compare_exchange(T& expected, T desired, std::memory_order success,
                        std::memory_order failure, Strength strength, Site const& site) {
    Location::Value found = bits(expected);
    bool const exchanged = location_.compare_exchange(found, bits(desired), success, failure,
                                                      strength, site);
    expected = value(found);
    return exchanged;
  }

  Location location_;
};

}  // namespace heddle::model
