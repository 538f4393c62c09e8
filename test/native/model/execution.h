#pragma once
// One execution of a program: who runs, who waits, and how it ends.
//
// Threads are fibers. Before every operation that another thread could notice, the running
// thread stops at step(), and the path says who goes next. Going on with another thread although
// this one could go on is a preemption; bugs need few (Musuvathi and Qadeer, 2007), so their
// number is bounded.
//
// Rules, cited below by name:
//   E1  A thread that yields runs again after every other thread that is ready has run, or
//       after a value that it had looked at has changed: spinning is fair, and costs nothing.
//   E2  Coming back from a yield, or from a futex that would not let it sleep, a thread finds
//       the newest values in what it had looked at. Without that a stale value could last.
//   E3  A failed execution is abandoned where it stands: no frame is unwound and no object of
//       it destroyed. It is buried instead, so that a leak checker finds it in its grave.

#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "model/path.h"
#include "model/program.h"
#include "model/sharing.h"
#include "model/thread.h"
#include "model/view.h"

namespace heddle::model {

// Every bound of a search.
struct Options {
  std::uint32_t preemptions = 3;
  std::uint32_t surprises = 1;       // Spurious wake-ups, weak exchanges failing, early time-outs.
  std::uint32_t steps_max = 20'000;  // Of one execution.
  std::uint32_t idle_steps_max = 1'000;  // In which no value changes and nobody ends: a livelock.
  std::uint64_t executions_max = 50'000'000;
};

class Execution {
 public:
  // `trace` takes a line for every step, or is null.
  Execution(Options const& options, Path& path, Sharing& sharing, ViewPool& views,
            std::vector<std::string>* trace)
      : options_(options), path_(path), sharing_(sharing), views_(views), trace_(trace) {}

  // Runs the program once. Empty: it went well. Otherwise why it failed, and then the
  // execution must be buried.
  std::string run(std::function<void(Program&)> const& build);

  // --- For the operations.

  // The execution that is under way, or null.
  static Execution* current() { return current_; }

  // False while the program is being set up or looked at: one thread, newest values.
  bool is_exploring() const { return exploring_; }

  Thread& self() { return *self_; }
  ViewPool& views() { return views_; }
  Stamps& seq_cst_seen() { return seq_cst_seen_; }
  Stamps& futex_seen() { return futex_seen_; }
  std::vector<std::unique_ptr<Thread>> const& threads() { return threads_; }

  std::uint32_t new_location() { return locations_++; }

  // The place before an operation on `location` where another thread may go first.
  void step(Site const& site, Op op, std::uint32_t location, Touch touch);

  // The same for a step that no other thread can notice, or that switches threads itself.
  void count_step(Site const& site, Op op);

  // Which of the alternatives the operation takes.
  std::uint32_t choose(std::uint32_t alternatives, Choose what);

  // True if something rare and unwelcome is to happen now.
  bool is_surprised();

  // A store has been made; `newest` is the newest there is now.
  void wrote(std::uint32_t location, Stamp newest, bool changed);

  // The running thread has loaded from there; see E2.
  void looked_at(std::uint32_t location);

  // The running thread gives way (E1), and comes back (E2).
  void yield();

  // The running thread sleeps until woken. False: until its deadline.
  bool sleep(std::uint32_t location, std::uint64_t deadline_ns);
  std::uint32_t wake(std::uint32_t location, std::uint32_t count);

  // The newest values in all the running thread has looked at are there to be seen (E2).
  void catch_up();

  std::uint64_t& clock_ns() { return clock_ns_; }

  // Empty; for an operation's list of what it may choose from.
  std::vector<std::size_t>& scratch() {
    scratch_.clear();
    return scratch_;
  }

  // A number that has changed if anything has: for who watches for endless loops.
  static std::uint64_t progress() { return progress_; }

  // Ends the execution as failed. On a fiber.
  [[noreturn]] void fail(std::string why);

  // The running thread has done `what` in its present step. Only when is_tracing().
  bool is_tracing() const { return trace_ != nullptr && exploring_; }
  void note(std::string const& what);

 private:
  // Steps that a thread spins alone before time passes for those that sleep with a deadline.
  static constexpr std::uint32_t kPatience = 16;

  static void run_program(void* self);
  static void run_thread(void* self);

  void explore();
  void enter(Thread& thread);
  void leave();
  void end_thread();
  void check_replay();
  bool can_run(Thread const& thread) const;
  bool may_time_out(Thread const& thread) const;
  Thread* pick(bool is_visible);
  Thread* pick_stuck();
  Thread* first_to_time_out();
  void switch_to(Thread& next);
  std::string unfinished() const;

  static inline Execution* current_ = nullptr;  // NOLINT(readability-identifier-naming)
  static inline std::uint64_t progress_ = 0;    // NOLINT(readability-identifier-naming)

  Options const& options_;
  Path& path_;
  Sharing& sharing_;
  ViewPool& views_;
  std::vector<std::string>* trace_;

  Program program_;
  std::function<void(Program&)> const* build_ = nullptr;
  std::vector<std::unique_ptr<Thread>> threads_;
  Home home_;
  Thread* self_ = nullptr;
  std::vector<Thread*> candidates_;
  std::vector<std::size_t> scratch_;
  bool exploring_ = false;
  std::string failure_;

  std::uint32_t locations_ = Sharing::kFirstLocation;
  Stamps newest_;        // By location.
  Stamps seq_cst_seen_;  // What every seq_cst operation so far has seen.
  Stamps futex_seen_;    // What everybody had seen who woke sleepers, of the word alone.
  std::uint64_t clock_ns_ = 1'000'000'000;

  std::uint32_t ready_ = 0;  // Bits of the threads that are ready.
  std::uint32_t preempted_ = 0;
  std::uint32_t surprised_ = 0;
  std::uint32_t steps_ = 0;
  std::uint32_t idle_steps_ = 0;
};

// Fails the execution that is under way, with this reason. In a program.
[[noreturn]] inline void fail(std::string why) {
  Execution::current()->fail(std::move(why));
}

// Fails it unless what must hold does. In a program.
inline void require(bool holds, char const* what) {
  if (!holds) fail(what);
}

// What CHECK does in a model build. Weak, since base/check.h knows only its name.
// NOLINTNEXTLINE(misc-definitions-in-headers)
[[noreturn, gnu::weak]] void check_failed(char const* condition, char const* file, int line) {
  Site const site{file, "", static_cast<std::uint32_t>(line)};
  std::string why = std::string("check failed: ") + condition + " (" + site.file_name() + ":" +
                    std::to_string(line) + ")";
  if (Execution::current() != nullptr) fail(why);
  std::fflush(stdout);
  std::fprintf(stderr, "%s\n", why.c_str());
  std::abort();
}

}  // namespace heddle::model

#include "model/execution_inl.h"
