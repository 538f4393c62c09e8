#pragma once
// Heddle's bare context switch, to and fro between this stack and another.

#include <memory>

#include "fiber/switch.h"

namespace bench {

// A stack on which somebody does nothing but switch back.
class Pong {
 public:
  Pong() : memory_(new char[kStackBytes]) {
    other_ = heddle::make_context(memory_.get(), kStackBytes, run, this);
  }

  // Goes there and comes back: two switches.
  void round_trip() { heddle_switch(&here_, other_); }

 private:
  static constexpr std::size_t kStackBytes = 64 * 1024;

  [[noreturn]] static void run(void* self) {
    Pong& pong = *static_cast<Pong*>(self);
    for (;;) heddle_switch(&pong.other_, pong.here_);
  }

  std::unique_ptr<char[]> memory_;
  heddle::Context here_;
  heddle::Context other_;
};

}  // namespace bench
