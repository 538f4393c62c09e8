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

#include <cstdint>

#include "base/random.h"
#include "base/thread.h"
#include "fiber/slabs.h"
#include "sched/inbox.h"
#include "sched/run_queue.h"
#include "sched/sleepers.h"
#include "sched/task_stack.h"
#include "sched/victim.h"

namespace heddle {

class Scheduler;

struct WorkerStats {
  std::uint64_t tasks;   // Jobs and stolen tasks that were run; a child that nobody stole is none.
  std::uint64_t steals;  // Tasks and jobs taken from other workers.
  std::uint64_t failed_steals;  // Rounds over all victims that found nothing.
  std::uint64_t parks;
  std::uint64_t suspensions;
  std::uint32_t fibers;  // In use now: running or suspended.
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

  // On this worker's thread.
  void suspend(void (*publish)(Fiber&, void*), void* arg);
  void yield();
  void push(Queue<Job>&& jobs);

  // The slow path of a fork and of a join on the running fiber: fork_join.h. On a fiber.
  void fork_slow(TaskStack& tasks);
  enum class Join : std::uint8_t {
    Mine,  // The task is the caller's to call.
    Done,  // The result is in the task: take it, then end_join().
  };
  Join join_slow(TaskStack& tasks, Task*& task);
  void end_join(TaskStack& tasks);

  // For thieves. Any thread.
  Victim<TaskStack, Task>& victim() { return victim_; }
  RunQueue& queue() { return queue_; }

  // True if others could take something here; asks for more where nothing is shared. Any thread.
  bool has_work(bool for_fiber);

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
  void loop();
  bool run_local();
  bool run_first(Queue<Fiber>& fibers);
  bool run_queued();
  bool run_out_of_turn();
  bool search();
  bool search_once();
  bool claim_from(Worker& other);
  bool claim_injected();
  void stop_searching();
  void wake_for_rest();
  void wake_for_queue();
  void park();
  std::uint32_t live_fibers() const;
  bool has_fiber();
  void run_job(Job* job);
  void run_on_spare();
  void enter(Fiber& fiber);

  Scheduler& scheduler_;
  std::uint32_t const index_;
  Thread thread_;
  FiberPool pool_;
  Random random_;
  Host* host_ = nullptr;
  Fiber* spare_ = nullptr;  // Taken from the pool before anything is claimed for it (W3).
  Queue<Fiber> resumed_;    // Out of the inbox, not yet entered.
  Queue<Fiber> yielded_;    // Let everything else go first.
  bool is_searching_ = false;
  std::uint32_t turn_ = 0;

  // What a fiber is to run, or has left to be done (W2).
  Job* job_ = nullptr;
  Task* stolen_ = nullptr;
  Job* run_next_ = nullptr;
  struct After {
    void (*publish)(Fiber& self, void* arg) = nullptr;
    void* arg = nullptr;
  } after_;

  Counter jobs_, stolen_tasks_, steals_, failed_steals_, parks_, suspensions_;
  Atomic<std::uint32_t> fibers_{0};

  // Read by thieves.
  Victim<TaskStack, Task> victim_;
  Sleeper sleeper_;
  Inbox<Fiber> inbox_;
  RunQueue queue_;
};

}  // namespace heddle
