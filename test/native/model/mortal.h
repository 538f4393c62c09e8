#pragma once
// An object that a thread frees before the program ends, with whatever still uses it found.
//
// Its memory stays, all zero: an atomic there belongs to no program, and an operation on it fails
// the execution. But a wake may name one. It compares addresses and looks at no memory: that a
// waiter has freed the word by then is how mutexes end.

#include <cstddef>
#include <cstring>
#include <memory>
#include <new>
#include <utility>

namespace heddle::model {

template <class T>
class Mortal {
 public:
  template <class... Arguments>
  explicit Mortal(Arguments&&... arguments) {
    new (memory_) T(std::forward<Arguments>(arguments)...);
  }
  ~Mortal() {
    if (is_alive_) end();
  }
  Mortal(Mortal const&) = delete;

  T& operator*() { return *std::launder(reinterpret_cast<T*>(memory_)); }
  T* operator->() { return &**this; }

  // Destroys it. Once.
  void end() {
    is_alive_ = false;
    std::destroy_at(&**this);
    std::memset(memory_, 0, sizeof memory_);
  }

 private:
  alignas(T) std::byte memory_[sizeof(T)];
  bool is_alive_ = true;
};

}  // namespace heddle::model
