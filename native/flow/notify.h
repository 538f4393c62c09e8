#pragma once
// Somebody who is told by a number that something has happened.

#include <cstdint>

namespace heddle {

class Notify {
 public:
  // Any thread; soon, and never from within another thread's locks for long.
  virtual void notify(std::uint32_t token) = 0;

 protected:
  ~Notify() = default;
};

}  // namespace heddle
