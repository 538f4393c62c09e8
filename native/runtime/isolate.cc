// Between the records of the core and the frame that JavaScript reads.

#include "runtime/isolate.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/check.h"
#include "base/clock.h"

namespace heddle {

namespace {

// Then the event loop has its turn: messages, timers, and the end that somebody wants.
constexpr std::uint64_t kTurnNanoseconds = 5'000'000;

}  // namespace

Isolate::Isolate(std::shared_ptr<Crew> crew, Scripts::Claim claim)
    : crew_(std::move(crew)),
      claim_(claim),
      seat_(Scripts::seat_of(claim)),
      worker_(crew_->scheduler().worker(seat_)) {
}

Isolate::~Isolate() {
  CHECK(has_withdrawn_);
}

std::size_t Isolate::stack_bytes() const {
  return TaskStack::bytes(crew_->scheduler().task_capacity()) - sizeof(TaskStack) +
         sizeof(SplitDeque<Task>);
}

Worker::Turn Isolate::take_turn() {
  return worker_.take_turn(now_ns() + kTurnNanoseconds);
}

void Isolate::withdraw() {
  if (std::exchange(has_withdrawn_, true)) return;
  worker_.withdraw();
  for (auto const& [number, job] : std::exchange(later_, {})) {
    ScriptJob::end_later(*job, {ScriptOutcome::Kind::Died, 0, {}});
  }
  crew_->scripts().unclaim(claim_);
}

void Isolate::fill(ScriptWork const& job) {
  frame_->job = double(job.number());
  frame_->kernel = job.request().kernel;
  frame_->mode = job.request().mode;
  frame_->progress = job.request().progress;
  frame_->handle = job.request().handle;
  frame_->bytes = double(job.request().bytes.size());
  ScriptWork::Again const again = job.again();
  frame_->key = double(again.key);
  frame_->version = again.version;
  std::copy(again.values.begin(), again.values.end(), frame_->values);
}

// JavaScript tidies up itself, unless it has no stack left for that.
ScriptAnswer Isolate::enter(ScriptEntry entry) {
  Worker::ScriptMark const before = worker_.script_mark();
  ScriptAnswer const answer = call(entry);
  if (answer == ScriptAnswer::Dead || worker_.script_mark() == before) return answer;
  std::string told = std::exchange(answer_, {});  // Others may answer meanwhile.
  if (!worker_.unwind_script(before.head, before.overflows)) return ScriptAnswer::Dead;
  answer_ = std::move(told);
  return answer;
}

ScriptOutcome Isolate::run_job(ScriptWork& job) {
  fill(job);
  std::memcpy(frame_->numbers, job.request().numbers, sizeof(frame_->numbers));
  crew_->scripts().set_running(seat_, job.request().kernel);
  ScriptAnswer const answer = enter(ScriptEntry::Job);
  crew_->scripts().set_running(seat_, 0);
  return outcome_of(answer);
}

ScriptOutcome Isolate::outcome_of(ScriptAnswer answer) {
  using Kind = ScriptOutcome::Kind;
  switch (answer) {
    case ScriptAnswer::Number:
      return {Kind::Number, frame_->numbers[0], {}};
    case ScriptAnswer::Bytes:
      return {Kind::Bytes, 0, std::exchange(answer_, {})};
    case ScriptAnswer::Thrown:
      return {Kind::Thrown, 0, std::exchange(answer_, {})};
    case ScriptAnswer::Nothing:
      return {Kind::Nothing, 0, {}};
    case ScriptAnswer::Later:
      return {Kind::Later, 0, {}};
    case ScriptAnswer::Dead:
      break;
  }
  is_dead_ = true;
  return {Kind::Died, 0, {}};
}

void Isolate::settle(std::uint64_t job, ScriptAnswer answer) {
  auto const node = later_.extract(job);
  if (!node.empty()) ScriptJob::end_later(*node.mapped(), outcome_of(answer));
}

void Isolate::run(Task& task, ScriptRoot& root) {
  auto& job = static_cast<ScriptWork&>(root);
  if (job.has_overflowed()) {
    set_script_result(task, {0, ScriptResult::kOverflow});
    return;
  }
  fill(job);
  ScriptCall const to = script_call(task);
  frame_->function = to.function;
  frame_->count = to.count;
  static_assert(sizeof(frame_->numbers) >= sizeof(task.payload));
  std::memcpy(frame_->numbers, task.payload, sizeof(task.payload));
  crew_->scripts().set_running(seat_, job.request().kernel);
  ScriptAnswer const answer = is_dead_ ? ScriptAnswer::Dead : enter(ScriptEntry::Task);
  if (answer == ScriptAnswer::Dead) is_dead_ = true;
  ScriptResult result{frame_->numbers[0], ScriptResult::kNoFault};
  if (answer == ScriptAnswer::Thrown) result.fault = job.add_fault(std::exchange(answer_, {}));
  if (answer == ScriptAnswer::Nothing) result.fault = ScriptResult::kNothing;
  if (answer == ScriptAnswer::Dead) result.fault = ScriptResult::kDied;
  set_script_result(task, result);
}

bool Isolate::probe() {
  if (!is_dead_ && !can_call()) is_dead_ = true;
  return !is_dead_;
}

}  // namespace heddle
