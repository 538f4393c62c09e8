// A job's way from its request to its cell.

#include "runtime/script_job.h"

#include <cerrno>
#include <limits>
#include <utility>

#include "base/check.h"
#include "base/clock.h"
#include "runtime/isolate.h"
#include "runtime/scripts.h"
#include "sched/worker.h"

namespace heddle {

namespace {

constexpr std::uint64_t kProgressNanoseconds = 10'000'000;  // Between two letters.

struct ProgressLetter : Letter {
  ProgressLetter(std::uint32_t with, double count) : token(with), done(count) {}

  void write(Record& record) override {
    record.token = token;
    record.kind = RecordKind::Progress;
    record.value.number = done;
  }

  std::uint32_t const token;
  double const done;
};

// The failure, unless somebody was told of it in the meantime.
struct LostLetter : Letter {
  LostLetter(std::uint32_t with, Fault& of) : token(with), fault(hold(&of)) {}
  ~LostLetter() override { drop(fault); }

  void write(Record& record) override {
    if (fault->is_observed.load(relaxed)) return;  // A record for nobody.
    describe(Value{}, fault, record);
    record.token = token;
  }

  std::uint32_t const token;
  Fault* const fault;
};

}  // namespace

ScriptJob::ScriptJob(Key, Runtime& runtime, Mailbox& mailbox, Cell& cell, Type type,
                     ScriptRequest request)
    : ScriptWork(run_job, std::move(request)),
      scripts_(runtime.crew().scripts()),
      home_(runtime.home()),
      mailbox_(mailbox),
      cell_(cell),
      type_(type),
      asked_ns_(now_ns()) {
}

std::shared_ptr<ScriptJob> ScriptJob::start(Runtime& runtime, Mailbox& mailbox, Cell& cell,
                                            Type type, ScriptRequest request) {
  auto job = std::make_shared<ScriptJob>(Key{}, runtime, mailbox, cell, type, std::move(request));
  job->self_ = job;
  job->scripts_.begin(job);
  return job;
}

Job* ScriptJob::run_job(Job& self) {
  auto& job = static_cast<ScriptJob&>(self);
  std::uint32_t expected = kWaiting;
  // Acquire pairs with drop(): the cell is settled, and is not looked at any more.
  if (!job.state_.compare_exchange_strong(expected, kRunning, acquire, acquire)) {
    job.scripts_.forget(job);
    return nullptr;
  }
  job.has_begun_.store(true, relaxed);
  if (job.request_.started != 0) {
    job.mailbox_.post(std::make_unique<TokenLetter>(job.request_.started, RecordKind::Progress));
  }
  job.scripts_.note_begun();
  std::uint64_t const began_ns = now_ns();
  job.scripts_.waits().record(began_ns - job.asked_ns_);
  Worker& worker = *Worker::current();
  worker.script_tasks().inherit(job.lane, &job.is_cancelled, &job);
  ScriptOutcome outcome;
  if (!job.is_cancelled.load(relaxed)) {
    outcome = static_cast<Isolate&>(worker.script_host()).run_job(job);
  }
  job.scripts_.runs().record(now_ns() - began_ns);
  if (outcome.kind == ScriptOutcome::Kind::Later) {
    job.scripts_.note_later(1);
    job.scripts_.leave_round(job);
    static_cast<Isolate&>(worker.script_host()).keep(job.self_);
    return nullptr;
  }
  bool const has_died = outcome.kind == ScriptOutcome::Kind::Died;
  if (job.drop(kRunning)) job.settle(std::move(outcome));
  if (has_died) {
    job.scripts_.keep(job);
  } else {
    job.scripts_.forget(job);
  }
  return nullptr;
}

void ScriptJob::end_later(ScriptJob& job, ScriptOutcome outcome) {
  job.scripts_.note_later(-1);
  if (job.drop(kRunning)) job.settle(std::move(outcome));
  job.scripts_.forget(job);
}

// J1. True: the caller settles the cell.
bool ScriptJob::drop(State from) {
  std::uint32_t expected = from;
  // Release pairs with run_job().
  if (!state_.compare_exchange_strong(expected, kDropped, acq_rel, relaxed)) return false;
  scripts_.note_settled();
  return true;
}

bool ScriptJob::has_begun() const {
  // Relaxed: who asks has seen the cell settled by whom it may know of. If he has dropped the job
  // himself as it began, either is right.
  return has_begun_.load(relaxed);
}

void ScriptJob::cancel() {
  is_cancelled.store(true, relaxed);
  bool const has_waited = drop(kWaiting);
  if (has_waited) scripts_.note_begun();
  bool const is_mine = has_waited || (request_.is_dropped_early && drop(kRunning));
  if (is_mine) settle_cancelled();
}

void ScriptJob::fail() {
  is_cancelled.store(true, relaxed);
  if (drop(kWaiting) || drop(kRunning)) settle_cancelled();
}

void ScriptJob::fail_waiting() {
  if (!drop(kWaiting)) return;
  scripts_.note_begun();
  settle_thrown({ScriptOutcome::Kind::Died, 0, {}});
}

void ScriptJob::settle_cancelled() {
  cell_.fault = make_fault(FaultCode::Cancelled);
  settle_outside(cell_);
}

void ScriptJob::settle(ScriptOutcome outcome) {
  using Kind = ScriptOutcome::Kind;
  bool const is_given_up = outcome.kind == Kind::Died && is_cancelled.load(relaxed);
  if ((outcome.kind == Kind::Thrown || outcome.kind == Kind::Died) && !is_given_up) {
    settle_thrown(outcome);
    return;
  }
  if (is_given_up || is_cancelled.load(relaxed)) {
    cell_.fault = make_fault(FaultCode::Cancelled);
  } else if (type_ == Type::Number) {
    bool const is_number = outcome.kind == Kind::Number;
    cell_.value.number = is_number ? outcome.number : std::numeric_limits<double>::quiet_NaN();
  } else {
    // A number is its eight bytes, nothing is none; a clone is longer.
    bool const is_number = outcome.kind == Kind::Number;
    cell_.value.blob = is_number ? make_blob(&outcome.number, sizeof(outcome.number))
                                 : make_blob(outcome.bytes.data(), outcome.bytes.size());
    if (cell_.value.blob == nullptr) cell_.fault = make_system_fault(ENOMEM);
  }
  settle_outside(cell_);
}

// What nobody was told of is reported, once whoever waits for it has been.
void ScriptJob::settle_thrown(ScriptOutcome const& outcome) {
  Fault* const fault = make_fault(FaultCode::Kernel);
  fault->kernel = request_.kernel;
  fault->bytes = make_blob(outcome.bytes.data(), outcome.bytes.size());
  cell_.fault = fault;
  auto lost = std::make_unique<LostLetter>(request_.lost, *fault);
  home_.expect(1);  // Who waits for the home's end keeps the mailbox so long.
  settle_outside(cell_);
  mailbox_.post(std::move(lost));
  home_.finished(1);
}

void ScriptJob::add_progress(double count) {
  if (request_.progress == 0) return;
  std::uint64_t const done = done_.fetch_add(std::uint64_t(count), relaxed) + std::uint64_t(count);
  std::uint64_t const now = now_ns();
  std::uint64_t told = told_ns_.load(relaxed);
  if (now - told < kProgressNanoseconds) return;
  // Relaxed: it decides who tells, and no more.
  if (!told_ns_.compare_exchange_strong(told, now, relaxed, relaxed)) return;
  mailbox_.post(std::make_unique<ProgressLetter>(request_.progress, double(done)));
}

}  // namespace heddle
