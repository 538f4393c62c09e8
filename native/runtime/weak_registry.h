#pragma once
// Things of this process by keys that their handles carry from thread to thread.

#include <cstdint>
#include <memory>
#include <unordered_map>

#include "base/lock.h"

namespace heddle {

// A number below 2^53, other than 0, that was not given before and is not to be guessed:
// JavaScript has it without a loss.
std::uint64_t random_key();

// Keeps nothing alive. Any thread.
template <class T>
class WeakRegistry {
 public:
  void add(std::uint64_t key, std::shared_ptr<T> const& thing) {
    LockGuard const guarded(lock_);
    things_.emplace(key, thing);
  }

  void remove(std::uint64_t key) {
    LockGuard const guarded(lock_);
    things_.erase(key);
  }

  // Null: there is none, or none any more.
  std::shared_ptr<T> find(std::uint64_t key) {
    LockGuard const guarded(lock_);
    auto const found = things_.find(key);
    return found == things_.end() ? nullptr : found->second.lock();
  }

 private:
  Lock lock_;
  std::unordered_map<std::uint64_t, std::weak_ptr<T>> things_;
};

}  // namespace heddle
