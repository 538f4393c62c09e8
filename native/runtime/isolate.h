#pragma once
// An isolate of JavaScript in a worker's seat, as napi drives it: the facade of Worker's part for
// isolates (sched/worker.h).
//
// What native code and JavaScript tell each other about a task goes through a frame of doubles that
// both see; its layout is a contract with lib/layout.ts.

#include <cstdint>
#include <memory>
#include <string>
#include <unordered_map>

#include "runtime/crew.h"
#include "runtime/script_job.h"
#include "runtime/scripts.h"

namespace heddle {

// What JavaScript is called with, and answers.
struct ScriptFrame {
  double numbers[ScriptRequest::kNumbers];  // Arguments; then the result is the first.
  double job;                               // A number that no other job has.
  double kernel;                            // The text of the job's kernel.
  double mode;                              // Of the job.
  double bytes;                             // How many come with the job.
  double function;                          // Of a task: the text of its function.
  double count;                             // Of its arguments.
  double progress;                          // The token that the job's caller listens with, or 0.
  double key;                               // Of bindings that are kept, or 0.
  double version;                           // Of those.
  double values[kAgainValuesMax];           // Numbers among them.
  double handle;                            // Of the job's result, where its caller is.
};

// What is to be run.
enum class ScriptEntry : std::uint32_t { Job = 0, Task = 1 };

// How it went. With Bytes and Thrown, answer() was called before.
enum class ScriptAnswer : std::uint32_t {
  Number = 0,
  Bytes = 1,
  Thrown = 2,
  Nothing = 3,
  Later = 4,  // It waits for something: settle() says how it went.
  Dead = 5,
};

class Isolate : public ScriptHost {
 public:
  // Its own thread, as all of it.
  Isolate(std::shared_ptr<Crew> crew, Scripts::Claim claim);
  virtual ~Isolate();
  Isolate(Isolate const&) = delete;
  Isolate& operator=(Isolate const&) = delete;

  void ask(Seat::Bell bell) { worker_.ask_for_seat(bell); }
  [[nodiscard]] bool sit() { return worker_.sit(*this); }
  bool is_over() const { return worker_.is_over(); }
  Worker::Turn take_turn();
  void withdraw();  // Twice is fine.

  // The next module to load, or 0; it has been; and all that there must be have been.
  std::uint32_t next_load() { return crew_->scripts().next_load(seat_); }
  void loaded(std::uint32_t text) { crew_->scripts().loaded(seat_, text); }
  bool may_sit() { return crew_->scripts().may_sit(seat_); }

  // Where its task stack is.
  std::byte* stack() { return reinterpret_cast<std::byte*>(&worker_.script_tasks().deque); }
  std::size_t stack_bytes() const;

  // For JavaScript that runs, in the words of Worker.
  Worker& worker() { return worker_; }
  ScriptWork& job() { return static_cast<ScriptWork&>(*worker_.script_tasks().root()); }
  bool is_running() const { return worker_.runs_script(); }
  void answer(std::string bytes) { answer_ = std::move(bytes); }
  std::string fault(std::uint32_t number) { return job().fault(number); }

  ScriptOutcome run_job(ScriptWork& job);
  // How a job went that was answered with Later.
  void settle(std::uint64_t job, ScriptAnswer answer);
  void keep(std::shared_ptr<ScriptJob> job) { later_.emplace(job->number(), std::move(job)); }
  void run(Task& task, ScriptRoot& root) override;
  bool is_alive() override { return !is_dead_; }
  bool probe() override;

 protected:
  // Runs what the frame says. On JavaScript's thread.
  virtual ScriptAnswer call(ScriptEntry entry) = 0;
  // False: no JavaScript runs any more.
  virtual bool can_call() = 0;

  ScriptFrame* frame_ = nullptr;

 private:
  ScriptAnswer enter(ScriptEntry entry);
  void fill(ScriptWork const& job);
  ScriptOutcome outcome_of(ScriptAnswer answer);

  std::shared_ptr<Crew> const crew_;
  Scripts::Claim const claim_;
  std::uint32_t const seat_;
  Worker& worker_;
  std::string answer_;
  std::unordered_map<std::uint64_t, std::shared_ptr<ScriptJob>> later_;
  bool is_dead_ = false;
  bool has_withdrawn_ = false;
};

}  // namespace heddle
