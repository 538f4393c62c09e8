#pragma once
// A scheduler's I/O: one engine, chosen when it starts, and the same for all that comes.

#include <cstdint>
#include <memory>
#include <string>

#include "base/lock.h"
#include "base/result.h"
#include "io/backend.h"

namespace heddle {

enum class IoBackend : std::uint8_t { IoUring, Threads };

struct IoOptions {
  enum class Wanted : std::uint8_t {
    Auto,     // A ring where there can be one, else threads.
    IoUring,  // A ring, or no start.
    Threads,
  };

  Wanted wanted = Wanted::Auto;
  unsigned entries = 256;         // Of a ring's submission queue; see RingOptions.
  unsigned in_flight_max = 4096;  // In the ring at once; more wait in order.
  char const* name = "heddle";    // Threads are called this and "-io".
};

struct IoStats {
  std::uint64_t submitted = 0;    // To the engine.
  std::uint64_t completed = 0;    // By the engine.
  std::uint64_t in_flight = 0;    // The difference.
  std::uint64_t inline_hits = 0;  // Answered at once, without the engine.
};

class Io {
 public:
  using Wanted = IoOptions::Wanted;

  // Probes and chooses; no thread starts before the first submit(). Fails with what the kernel
  // said where a ring is wanted and impossible, and with EBUSY where threads are to do it and
  // no signal is free to interrupt them with. Any thread.
  static Result<std::unique_ptr<Io>> start(IoOptions const& options);

  ~Io();  // Stops. No thread may be inside a call.
  Io(Io const&) = delete;
  Io& operator=(Io const&) = delete;

  // See operation.h. After stop() it is done at once, with -ECANCELED. Any thread.
  void submit(Operation& operation);

  // Begins the engine for operations of this kind, so that submitting one takes neither a lock nor
  // memory. Any thread.
  Result<void> prepare(OperationCode code);

  // Asks for an end to an operation, which the caller keeps alive until this returns. Any
  // thread.
  void cancel(Operation& operation);

  // Refuses what comes, cancels what is there, and returns when every operation is done. A
  // disk read that has begun is waited for. Before a scheduler is destroyed whose fibers have
  // waited here: the engine may still be looking at it. Any thread but the engine's; again
  // does no harm.
  void stop();

  IoBackend backend() const;

  // Why this backend: a sentence for people.
  std::string reason() const;

  IoStats stats() const;

  // For the fast paths in this folder.
  void count_inline_hit() { inline_hits_.fetch_add(1, relaxed); }

 private:
  enum class Part : std::uint8_t {
    Ring,
    Pool,    // Threads: in place of a ring, or beside it for what rings do not.
    Poller,  // Beside threads only, for what only waits.
  };
  static constexpr std::size_t kParts = 3;

  Io(std::string name, IoBackend probed);

  Part part_for(Operation const& operation) const;
  Result<Backend*> engine_for(Operation const& operation);
  Result<Backend*> begin(Part part);
  std::unique_ptr<Backend> make(Part part);
  void fall_back(Errno error);

  // An engine once it has begun, or null. Read by every call.
  Atomic<Backend*> running_[kParts]{};
  std::string const name_;
  std::string reason_;            // Written before anybody else has the Io.
  std::string fall_back_reason_;  // Written before fell_back_ is set.

  std::unique_ptr<Backend> engines_[kParts];
  Lock lock_;  // Guards beginning and stopping, and so engines_ and stopped_.
  bool stopped_ = false;
  IoBackend const probed_;
  Atomic<bool> fell_back_{false};  // From the ring to threads, at the first submit.

  // Written by every call, and so far away from what is read by every call.
  Atomic<std::uint64_t> submitted_{0};
  Atomic<std::uint64_t> refused_{0};  // No engine could be begun for them.
  Atomic<std::uint64_t> inline_hits_{0};
};

}  // namespace heddle
