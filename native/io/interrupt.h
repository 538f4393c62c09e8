#pragma once
// Getting a thread out of a blocking system call: of an open of a FIFO that nobody writes,
// of a read that nobody answers.
//
// A signal with a handler makes such a call return EINTR, unless it arrives just before the
// call, and then it is lost. So the signal repeats until the thread is out: a timer of the
// thread's own sends it every millisecond, and nobody has to wait or to watch.
//
//     the thread                                   another thread
//     while not interrupted()                      interrupt(): interrupted = true
//       result = system call                                    timer on
//       if result is not EINTR: stop
//     calm(): timer off, interrupted = false
//
// interrupt() and calm() are ordered by their caller's lock. A signal that is late finds the
// thread in its next call, which returns EINTR and is made again.

#include "base/atomic.h"
#include "base/result.h"

namespace heddle {

// The signal for it: a real-time one that the host program does not use, with a handler that
// does nothing, claimed once for the process. Fails with EBUSY if none is free. Any thread.
Result<int> interrupt_signal();

class Interruptible {
 public:
  Interruptible() = default;
  Interruptible(Interruptible const&) = delete;
  Interruptible& operator=(Interruptible const&) = delete;

  // Lets the calling thread be interrupted, by this signal. Where there is no timer to be had,
  // an interrupt is a single signal. Once, before the first system call.
  void enter(int signal);

  // The same thread, before it ends.
  void leave();

  // Any thread.
  void interrupt();

  // The thread, between two system calls.
  void calm();
  bool interrupted() const { return interrupted_.load(relaxed); }

 private:
  int signal_ = 0;
  Atomic<int> thread_{-1};  // Its id in the kernel; -1 outside enter() and leave().
  Atomic<int> timer_{-1};   // The kernel's name for the timer; -1 for none.
  Atomic<bool> interrupted_{false};
};

}  // namespace heddle
