#pragma once
// A worker: a numbered seat in a scheduler, and the loop of the thread that sits in it.
//
// The loop runs on the thread's own stack. It runs plain jobs there, and enters a fiber for
// everything that may wait or fork: resumed fibers, root jobs, stolen tasks.
//
// Rules, cited below by name:
//   W1  A fiber belongs to the worker whose pool made it, for life: it is resumed there only.
//   W2  A fiber that leaves says what is to be done next in `after_`; the loop does it, when
//       nobody runs on that stack any more.
//   W3  Nothing is claimed that needs a fiber while none can be had.
//   W4  Background work is run with a place (background.h), and none is begun while a frame fiber
//       of this worker is suspended (C14).

#include <array>
#include <cstdint>
#include <vector>

#include "base/random.h"
#include "base/thread.h"
#include "fiber/slabs.h"
#include "sched/inbox.h"
#include "sched/run_queue.h"
#include "sched/sleepers.h"
#include "sched/task_stack.h"
#include "sched/tracer.h"
#include "sched/victim.h"

namespace heddle {

class Scheduler;

namespace detail {
struct Joined;
}

struct WorkerStats {
  std::uint64_t tasks;   // Jobs and stolen tasks that were run; a child that nobody stole is none.
  std::uint64_t steals;  // Tasks and jobs taken from other workers.
  std::uint64_t failed_steals;  // Rounds over all victims that found nothing.
  std::uint64_t helps;          // Times that tasks of an owner in a long leaf were shared for it.
  std::uint64_t leapfrogs;      // Stolen tasks that were run while waiting for a thief.
  std::uint64_t parks;
  std::uint64_t suspensions;
  std::uint32_t fibers;      // In use now: running or suspended.
  std::uint32_t fibers_max;  // The most that were in use at a time.
};

class Worker {
 public:
  Worker(Scheduler& scheduler, std::uint32_t index, std::uint32_t fibers_max);
  ~Worker();

  Result<void> start(char const* name);
  void join() { thread_.join(); }

  // The worker that the calling thread sits in, or nullptr.
  static Worker* current();

  // Any thread.
  Scheduler& scheduler() { return scheduler_; }
  void post(Fiber& newest, Fiber& oldest);
  void wake();
  WorkerStats stats() const;
  Tracer& tracer() { return tracer_; }

  // Who is robbed first: groups of worker indices, nearest first. Before start().
  void set_victims(std::vector<std::vector<std::uint32_t>> groups) { victims_ = std::move(groups); }

  // On this worker's thread.
  void suspend(void (*publish)(Fiber&, void*), void* arg);
  void yield();
  void push(Queue<Job>&& jobs);
  bool has_frame_work() const;

  // The slow paths of a fork and of a join on the running fiber, in join.cc. On a fiber.
  std::size_t fork_slow(TaskStack& tasks, std::size_t mark);
  detail::Joined join_slow(TaskStack& tasks, std::size_t mark);

  // For thieves. Any thread.
  Victim<TaskStack, Task>& victim() { return victim_; }
  RunQueue& queue(Lane lane) { return queues_[std::size_t(lane)]; }

  // True if others, or who has less, could take something here; asks for more where nothing is
  // shared. Any thread.
  bool has_work(Abilities has);
  // What one needs to take what nobody has shared here, and who has this may take; or kNothing.
  // After has_work() and a membarrier (D3).
  Abilities private_needs(Abilities has);
  // Its resumed background fibers wait for a place.
  bool waits_for_place() const { return waits_for_place_.load(relaxed); }

 private:
  friend class Scheduler;

  struct Counter {
    Atomic<std::uint64_t> value{0};
  };
  static void count(Counter& counter) {
    counter.value.store(counter.value.load(relaxed) + 1,
                        relaxed);  // Its worker is the only writer.
  }

  static void run_thread(void* self);
  static void run_fiber(Fiber& fiber);

  // The loop, in worker.cc.
  void loop();
  void park();
  bool run_local();
  bool run_out_of_turn();
  bool run_background();
  bool run_lane(Lane lane);
  bool run_resumed(Queue<Fiber>& fibers);
  bool run_queued(Lane lane);
  bool claim_injected(Lane lane);
  void run_job(Job* job);
  void run_on_spare(StackClass stack_class);
  void enter(Fiber& fiber);
  bool has_fiber(StackClass stack_class);
  FiberPool& pool(StackClass stack_class) { return pools_[std::size_t(stack_class)]; }
  Fiber*& spare(StackClass stack_class) { return spares_[std::size_t(stack_class)]; }
  std::uint32_t live_fibers() const;
  Abilities abilities() const;
  Abilities abilities_now();
  Abilities abilities_with(bool fiber, bool large_fiber) const;
  bool take_place(Lane lane);
  void give_place();

  // Looking for work elsewhere, in search.cc.
  bool search();
  bool look_around(std::uint64_t nanoseconds);
  void learn_from_sleep(std::uint64_t nanoseconds);
  bool search_once();
  bool rob(std::uint32_t index, bool background);
  bool rob_stack(Worker& other);
  bool rob_queue(Worker& other, Lane lane);
  bool help_somebody();
  void stop_searching();
  void wake_for_queue(Lane lane);

  // Joins, in join.cc.
  enum class Leap : std::uint8_t {
    Ran,      // A task that the thief had forked; look again.
    Nothing,  // Look again, or suspend.
    Suspend,  // There is no use in looking.
  };
  void await_stolen(TaskStack& tasks, Task& task);
  Leap leapfrog(TaskStack& tasks, Task& task);
  void help(Task& task);
  void adopt(Task& task, TaskStack& from);

  Scheduler& scheduler_;
  std::uint32_t const index_;
  Thread thread_;
  std::array<FiberPool, kStackClasses> pools_;
  std::array<Fiber*, kStackClasses> spares_{};  // Taken before anything is claimed for them (W3).
  Random random_;
  std::vector<std::vector<std::uint32_t>> victims_;
  Host* host_ = nullptr;
  std::array<Queue<Fiber>, kLanes> resumed_;  // Out of the inbox, not yet entered.
  Queue<Fiber> yielded_;                      // Let everything else go first.
  bool is_searching_ = false;
  bool was_woken_ = false;
  std::uint64_t search_ns_ = 4'000;           // How long a search goes on; adapts.
  bool has_place_ = false;                    // W4
  std::uint32_t suspended_frame_fibers_ = 0;  // W4
  std::uint32_t turn_ = 0;

  // What a fiber is to run, or has left to be done (W2).
  Job* job_ = nullptr;
  Task* stolen_ = nullptr;
  Job* run_next_ = nullptr;
  struct After {
    void (*publish)(Fiber& self, void* arg) = nullptr;
    void* arg = nullptr;
  } after_;

  Tracer tracer_;
  Counter jobs_, stolen_tasks_, steals_, failed_steals_, helps_, leapfrogs_, parks_, suspensions_;
  Atomic<std::uint32_t> fibers_{0};
  Atomic<std::uint32_t> fibers_max_{0};

  // Read by thieves.
  Victim<TaskStack, Task> victim_;
  Sleeper sleeper_;
  Atomic<bool> waits_for_place_{false};
  Inbox<Fiber> inbox_;
  std::array<RunQueue, kLanes> queues_;
};

}  // namespace heddle
