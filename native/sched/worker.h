#pragma once
// A worker: a numbered seat in a scheduler, and the loop of the thread that sits in it.
//
// The thread is native, or an isolate's, which runs the loop in turns (seat.h, script.h).
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
#include <memory>
#include <string>
#include <vector>

#include "base/random.h"
#include "base/thread.h"
#include "fiber/slabs.h"
#include "sched/inbox.h"
#include "sched/run_queue.h"
#include "sched/script.h"
#include "sched/seat.h"
#include "sched/sleepers.h"
#include "sched/task_stack.h"
#include "sched/tracer.h"
#include "sched/victim.h"

namespace heddle {

class Scheduler;
struct IsolateThread;

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

// Whoever has finished a task, for who waited.
void wake_waiter(TaskWaiter waiter);

class Worker {
 public:
  Worker(Scheduler& scheduler, std::uint32_t index, std::uint32_t fibers_max);
  ~Worker();

  Result<void> start(char const* name);

  // Waits until nobody sits here, once the scheduler is stopping. False: an isolate still does, and
  // the deadline has passed. Any thread but a worker.
  [[nodiscard]] bool await_end(std::uint64_t deadline_ns);

  // The worker that the calling thread sits in, or nullptr.
  static Worker* current();

  // Any thread.
  Scheduler& scheduler() { return scheduler_; }
  void post(Fiber& newest, Fiber& oldest);
  void wake();
  WorkerStats stats() const;
  Tracer& tracer() { return tracer_; }
  // A fiber runs on it now. Any thread.
  bool is_running() const { return victim_.is_entered(); }

  // Who is robbed first: groups of worker indices, nearest first. Before start().
  void set_victims(std::vector<std::vector<std::uint32_t>> groups) { victims_ = std::move(groups); }

  // On this worker's thread.
  void suspend(void (*publish)(Fiber&, void*), void* arg);
  // For traces: what runs from here on has this name (labels.h), up to the end that goes with it.
  // Spans nest; one that a fiber has begun ends on it, and is interrupted when that suspends.
  void record_span_begin(std::uint32_t label) { tracer_.record(TraceKind::SpanBegin, 0, label); }
  void record_span_end() { tracer_.record(TraceKind::SpanEnd); }
  void yield();
  void push(Queue<Job>&& jobs);
  bool has_frame_work() const;

  // The slow paths of a fork and of a join on the running fiber, in join.cc. On a fiber.
  std::size_t fork_slow(TaskStack& tasks, std::size_t mark);
  detail::Joined join_slow(TaskStack& tasks, std::size_t mark);

  // An isolate's way into the seat and out of it, in isolate.cc. Its thread, in this order.
  enum class Turn : std::uint8_t {
    Idle,   // There is nothing to do: the bell is rung when there is.
    Again,  // There is more, and the time is up: come again soon.
    Over,   // The scheduler was stopped, and the seat is left.
    Dead,   // The isolate is being ended: withdraw.
  };
  void ask_for_seat(Seat::Bell bell);  // It is rung once the seat is offered, or was left for good.
  [[nodiscard]] bool sit(ScriptHost& host);  // False: it is not offered; over() says why.
  void call_isolate() { seat_.ring(); }      // It looks for what else it is to do. Any thread.
  bool is_over() const { return seat_.state() == Seat::kEmpty; }
  Turn take_turn(std::uint64_t until_ns);
  void withdraw();

  // Of the isolate that sits here, in isolate.cc. While it runs a script task.
  enum class ScriptFork : std::uint8_t { Pushed, Full };
  enum class ScriptJoin : std::uint8_t {
    Call,      // The task is the caller's to run.
    Done,      // A thief has: its result is there.
    Overflow,  // It was run when it was forked.
    None,      // There is no task.
    Dead,      // The isolate is being ended.
  };
  ScriptFork fork_script(std::size_t mark);
  void keep_overflow();  // What was full has been run, and its result is kept until its join.
  ScriptJoin join_script(std::size_t mark, ScriptResult& result);
  // Drops tasks, or waits for their thieves, until head is back at `mark`, and so many results are
  // kept. False: the isolate is being ended.
  bool unwind_script(std::size_t mark, std::uint32_t overflows);
  // Runs the task on top of what runs on the raw stack.
  void run_on_raw(Task& task, ScriptRoot& root);
  // What is on its task stack: the arguments of unwind_script().
  struct ScriptMark {
    std::size_t head;
    std::uint32_t overflows;

    friend bool operator==(ScriptMark const&, ScriptMark const&) = default;
  };
  ScriptMark script_mark() const { return {raw_->deque.head(), script_overflows_}; }
  TaskStack& script_tasks() { return *raw_; }
  bool runs_script() const;  // Else its task stack is closed, and nothing above may be called.
  ScriptHost& script_host() { return *script_host_; }

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
  Result<void> start_thread();
  static void run_fiber(Fiber& fiber);

  // The loop, in worker.cc.
  enum class LoopEnd : std::uint8_t { Stopped, Wanted };
  LoopEnd loop();
  void park();
  bool lie_down(Abilities has);
  void get_up(Roused const& roused);
  bool run_local();
  bool run_out_of_turn();
  bool run_background();
  bool run_lane(Lane lane);
  bool run_resumed(Queue<Fiber>& fibers);
  bool run_queued(Lane lane);
  bool claim_injected(Lane lane);
  void run_job(Job* job);
  bool can_run(Job const& job);
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
  bool look_for(TaskStack& tasks, Task& task);
  void await_stolen(TaskStack& tasks, Task& task);
  Leap leapfrog(TaskStack& tasks, Task& task);
  void help(Task& task);
  void adopt(Task& task, TaskStack& from);

  // Script tasks, in isolate.cc.
  void give_up_raw_stack();
  Job* run_script_job(Job& job);
  void run_stolen_script(Task& task, TaskStack& from);
  bool await_on_raw(Task& task);
  void leave_seat();
  bool run_while_waiting(Task& task);
  void sleep_while_waiting(Task& task);
  void enter_raw();
  void leave_raw();

  // Says that the calling thread sits here.
  struct SeatedScope {
    explicit SeatedScope(Worker& worker);
    ~SeatedScope();
  };

  struct Bed : Sleeper {
    explicit Bed(Worker& of);
    Worker& worker;
  };

  Scheduler& scheduler_;
  std::uint32_t const index_;
  std::string name_;
  Seat seat_;
  Lock thread_lock_;  // Whoever starts or joins the thread.
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
  std::uint64_t asleep_since_ns_ = 0;

  // Of the isolate that sits here.
  ScriptHost* script_host_ = nullptr;
  std::unique_ptr<IsolateThread> isolate_thread_;
  TaskStack* raw_ = nullptr;     // Its task stack.
  bool is_raw_free_ = false;     // Nothing runs on its stack.
  bool is_in_loop_ = false;      // It sleeps in its event loop.
  std::size_t script_base_ = 0;  // Where the head was when the newest script task began.
  std::uint32_t script_overflows_ = 0;

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
  Bed sleeper_{*this};
  Atomic<bool> waits_for_place_{false};
  Inbox<Fiber> inbox_;
  std::array<RunQueue, kLanes> queues_;
};

}  // namespace heddle
