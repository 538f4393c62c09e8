#pragma once
// What a crew knows of its isolates: which seats have one, which modules they have loaded, and the
// jobs in JavaScript that have not ended.

#include <memory>
#include <vector>

#include "base/histogram.h"
#include "base/list.h"
#include "base/lock.h"
#include "runtime/script_job.h"

namespace heddle {

// Jobs that come again and again, and are kept by somebody else.
class ScriptGroup {
 public:
  virtual bool is_of(Home const& home) const = 0;
  // Nothing more is begun, and what runs is told to end; what has not begun fails; all fail. As
  // cancel(), fail_waiting() and fail_all() below. Any thread.
  virtual void shut() = 0;
  virtual void fail_waiting_scripts() = 0;
  virtual void drop_scripts() = 0;

 protected:
  ~ScriptGroup() = default;
};

class Scripts {
 public:
  explicit Scripts(Scheduler& scheduler);
  ~Scripts();

  // A claim to a seat that has no isolate: the caller will bring one. 0: there is none. Any thread.
  using Claim = std::uint64_t;
  Claim claim();
  static std::uint32_t seat_of(Claim claim) { return std::uint32_t(claim % kSeatsMax); }
  void unclaim(Claim claim);  // It has gone, or will not come. Again is fine.
  std::uint32_t claimed();    // How many have one, or will have.

  // Isolates load the module with this text before they begin what comes with the number. Any
  // thread.
  std::uint32_t load(std::uint32_t text);
  // The next module that the isolate is to load, or 0. Its own thread, which says loaded() some
  // time; some never come, and the others do not wait for them.
  std::uint32_t next_load(std::uint32_t seat);
  void loaded(std::uint32_t seat, std::uint32_t text);
  // It has what jobs need that may be in the queues.
  bool may_sit(std::uint32_t seat);

  // Hands the job over now, or when its modules are loaded.
  void begin(std::shared_ptr<ScriptJob> job);
  // It has ended, and nobody has a pointer to it.
  void forget(ScriptJob& job);
  // It has ended with its isolate: it is kept until the scheduler has stopped (J2).
  void keep(ScriptJob& job);
  void keep(std::shared_ptr<void> died);

  // Whoever has jobs of its own. It leaves by being gone.
  void add(std::weak_ptr<ScriptGroup> group);

  // How many are not settled, but for those that wait for something.
  std::size_t count() const;

  // How many have not begun.
  std::size_t waiting() const { return waiting_.load(relaxed); }
  // So many more wait for something, on their isolates.
  void note_later(int more) { later_.fetch_add(more, relaxed); }
  void note_settled() { unsettled_.fetch_sub(1, relaxed); }
  void note_begun() { waiting_.fetch_sub(1, relaxed); }  // Or given up before.

  // Begins a new round of jobs, if all of the round before this one are over, or wait for
  // something. So when it was true twice, all are that had begun before, whoever follows them. Any
  // thread.
  bool next_round();
  void leave_round(ScriptJob& job);  // It reads no arguments any more.

  // How long jobs have waited, and run.
  Histogram& waits() { return waits_; }
  Histogram& runs() { return runs_; }

  // Cancels the jobs of one home.
  void cancel(Home& home);
  // Fails all that have not begun.
  void fail_waiting();
  // Once the scheduler has stopped: none of them will run any more.
  void fail_all();

  // Names of kernels that run now, by their text's numbers.
  std::vector<std::uint32_t> running();
  void set_running(std::uint32_t seat, std::uint32_t kernel);

 private:
  static constexpr Claim kSeatsMax = 1024;

  struct Module {
    std::uint32_t text;
    bool is_used = false;  // Jobs of it were handed over.
  };

  struct SeatOf {
    bool is_claimed() const { return claim != 0; }

    bool has(std::uint32_t module) const { return module < loaded.size() && loaded[module]; }

    Claim claim = 0;
    std::uint32_t begun = 0;          // So many modules it has begun to load.
    std::vector<bool> loaded;         // Which of them have come.
    Atomic<std::uint32_t> kernel{0};  // That runs there.
  };

  std::vector<std::shared_ptr<ScriptGroup>> groups();
  std::shared_ptr<ScriptJob> take_off(ScriptJob& job);
  void leave_round_locked(ScriptJob& job);
  std::uint32_t number_of(std::uint32_t text) const;
  bool is_loaded(std::uint32_t number);
  void submit_loaded();

  Scheduler& scheduler_;
  Atomic<std::size_t> waiting_{0};
  Atomic<int> unsettled_{0};
  Atomic<int> later_{0};
  Histogram waits_;
  Histogram runs_;
  Lock lock_;
  std::unique_ptr<SeatOf[]> seats_;
  Claim claims_ = 0;
  Atomic<std::uint32_t> unclaimed_;  // Seats. Changes under the lock.
  std::vector<Module> modules_;
  std::vector<std::shared_ptr<ScriptJob>> held_back_;
  Members<ScriptJob> jobs_;
  std::uint32_t round_ = 0;
  std::size_t in_round_[2] = {};  // This one and the one before: by the lowest bit.
  std::vector<std::weak_ptr<ScriptGroup>> groups_;
  std::vector<std::shared_ptr<void>> died_;
};

}  // namespace heddle
