#pragma once
// A value that several JavaScript threads read and write: its versions, in the order in which they
// were asked for.
//
//     version       is left by
//     blank         next(): somebody has asked for the right to write it
//     claimed       settle(), by whoever has; or the end of that thread, or of the scheduler
//     settled       nobody: its contents may be read
//
// Rules, cited below by name:
//   V1  All of a timeline and its versions is guarded by its lock. Letters are posted with it held,
//       so whoever has taken a mailbox out under the lock may end it.
//   V2  A version is settled once; who comes second is told so.
//   V3  It is free once it is settled and nobody reads it: then it is the next writer's turn.

#include <memory>
#include <vector>

#include "base/lock.h"
#include "flow/cell.h"
#include "flow/notify.h"

namespace heddle {

// What a version has come to. The numbers are a contract with lib/layout.ts.
enum class Outcome : std::uint8_t {
  Open = 0,
  Scalar = 1,
  Array = 2,
  Clone = 3,      // Any other value, as bytes
  Fault = 4,      // What went wrong natively
  Thrown = 5,     // What a program threw, as bytes
  Abandoned = 6,  // It was never written
};

// An outcome and what belongs to it, which it owns.
struct Contents {
  Contents() = default;
  Contents(Contents&& from) noexcept;
  Contents& operator=(Contents&& from) noexcept;
  ~Contents();

  static Contents abandoned();
  static Contents failed(Fault* fault);  // Which it takes over.
  static Contents bytes(Outcome of, void const* data, std::size_t size);

  // Of a settled cell that is no file: an array's elements are shared, and copied where they belong
  // to a JavaScript thread. `meta`: see below.
  static Contents of(Cell const& cell, std::vector<double> meta);

  Outcome outcome = Outcome::Open;
  Type type = Type::Number;  // Scalar
  Value value{};             // Scalar, Array; Clone and Thrown: the blob
  Fault* fault = nullptr;
  std::vector<double> meta;  // Array: its type and its shape, for whom it concerns
};

// Who is told when a version is settled, or free.
enum class Moment : std::uint8_t { Settled = 0, Free = 1 };

struct Version {
  struct Watch {
    Moment moment;
    Notify* to;
    std::uint32_t token;
  };

  Contents contents;
  bool is_claimed = false;
  std::uint32_t readers = 0;
  std::vector<Watch> watches;
  Atomic<std::uint32_t> news{0};  // Changes whenever the above does; for who blocks.
};

using VersionRef = std::shared_ptr<Version>;

class Timeline {
 public:
  Timeline();
  Timeline(Timeline const&) = delete;
  Timeline& operator=(Timeline const&) = delete;

  // Any thread, all of them.

  // The newest version. `reads`: it is not free until release().
  VersionRef now(bool reads);

  // The version to be written next, and the one before; none: the first was blank. Nothing at all
  // where the timeline was closed.
  struct Next {
    VersionRef version;
    VersionRef previous;
  };
  Next next();

  // False: it was settled already (V2).
  bool settle(Version& version, Contents contents);

  // Computes the next version from the newest one and `operand`, here and now. False: the newest is
  // not there, or of another type, or the operation fails: nothing has happened.
  bool assign(KernelTable const& kernels, CommandCode code, Type type, Value const& operand);

  void hold(Version& version);
  void release(Version& version);

  bool is(Version& version, Moment moment);

  // False: it is that already.
  bool watch(Version& version, Version::Watch const& watch);

  // Whoever is to be told there is told nothing any more.
  void forget(Version& version, Notify& to);

  // Waits at most until then. True: it is that.
  bool wait(Version& version, Moment moment, std::uint64_t deadline_ns);

  // Calls `f` with the contents, under the lock.
  template <class F>
  void look(Version& version, F f) {
    LockGuard const guarded(lock_);
    f(version.contents);
  }

  // What is not settled is cancelled, and so is what is asked for from here on.
  void close();

 private:
  bool has_come(Version const& version, Moment moment) const;
  void tell(Version& version);

  Lock lock_;  // V1
  VersionRef now_;
  std::vector<std::weak_ptr<Version>> open_;  // Claimed, and perhaps settled meanwhile.
  std::size_t open_checked_ = 16;
  bool is_closed_ = false;
};

}  // namespace heddle
