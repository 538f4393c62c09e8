// The functions about kernels in JavaScript: of the thread that asks for them, and of isolates.

#include <cstring>
#include <type_traits>

#include "base/check.h"
#include "base/clock.h"
#include "napi/environment.h"
#include "napi/isolate.h"
#include "napi/plain_call.h"
#include "runtime/scripts.h"
#include "runtime/texts.h"

namespace heddle::napi {

namespace {

// Where a request has its numbers, as lib/layout.ts has it.
enum Word : std::size_t {
  kRuntime,
  kHandle,
  kKernel,
  kMode,
  kLane,
  kType,
  kModule,
  kProgress,
  kStarted,
  kIsDroppedEarly,
  kLabel,
  kLost,
  kNumbers
};

}  // namespace

void Environment::add_script_methods(Napi::Env env, Napi::Object exports) {
  auto const add = [&](char const* name, auto method) {
    exports.Set(name, Napi::Function::New(
                          env,
                          [this, method](Info const& info) {
                            using Result = decltype((this->*method)(info));
                            if constexpr (std::is_void_v<Result>) {
                              (this->*method)(info);
                            } else {
                              return (this->*method)(info);
                            }
                          },
                          name));
  };
  add("intern", &Environment::intern);
  add("callTimes", &Environment::call_times);
  add("interned", &Environment::interned);
  add("openScripts", &Environment::open_scripts);
  add("callScriptWith", &Environment::call_script_with);
  add("runningKernels", &Environment::running_kernels);
  add("faultBytes", &Environment::fault_bytes);
  add("openIsolate", &Environment::open_isolate);
  add("settleJob", &Environment::settle_job);
  add("takeResult", &Environment::take_result);
  add("answerBytes", &Environment::answer_bytes);
  add("jobBytes", &Environment::job_bytes);
  add("taskFault", &Environment::task_fault);
  add_plain_method<Environment, &Environment::claim_seat>(env, exports, "claimSeat", this);
  add_plain_method<Environment, &Environment::claimed_seats>(env, exports, "claimedSeats", this);
  add_plain_method<Environment, &Environment::unclaim_seat>(env, exports, "unclaimSeat", this);
  add_plain_method<Environment, &Environment::load_module>(env, exports, "loadModule", this);
  add_plain_method<Environment, &Environment::call_script>(env, exports, "callScript", this);
  add_plain_method<Environment, &Environment::reset_call_times>(env, exports, "resetCallTimes",
                                                                this);
  add_plain_method<Environment, &Environment::scripts_waiting>(env, exports, "scriptsWaiting",
                                                               this);
  add_plain_method<Environment, &Environment::fail_waiting>(env, exports, "failWaiting", this);
  add_plain_method<Environment, &Environment::scripts_left>(env, exports, "scriptsLeft", this);
  add_plain_method<Environment, &Environment::next_script_round>(env, exports, "nextScriptRound",
                                                                 this);
  add_plain_method<Environment, &Environment::close_within>(env, exports, "closeWithin", this);
}

Napi::Value Environment::intern(Info const& info) {
  std::string const text = info[0].As<Napi::String>().Utf8Value();
  return Napi::Number::New(info.Env(), number_of_text(text));
}

Napi::Value Environment::interned(Info const& info) {
  return Napi::String::New(info.Env(), text_of_number(to_uint32(info[0])));
}

void Environment::open_scripts(Info const& info) {
  auto words = info[0].As<Napi::Float64Array>();
  script_words_owner_ = Napi::Persistent(words);
  script_words_ = words.Data();
}

double Environment::claim_seat(double const* arguments) {
  return double(runtime(std::uint32_t(arguments[0])).crew().scripts().claim());
}

double Environment::claimed_seats(double const* arguments) {
  return runtime(std::uint32_t(arguments[0])).crew().scripts().claimed();
}

double Environment::unclaim_seat(double const* arguments) {
  runtime(std::uint32_t(arguments[0])).crew().scripts().unclaim(Scripts::Claim(arguments[1]));
  return 0;
}

double Environment::load_module(double const* arguments) {
  Scripts& scripts = runtime(std::uint32_t(arguments[0])).crew().scripts();
  return scripts.load(std::uint32_t(arguments[1]));
}

void Environment::begin_script(std::string bytes) {
  double const* const words = script_words_;
  Runtime& runtime = this->runtime(std::uint32_t(words[kRuntime]));
  auto const handle = Handle(words[kHandle]);
  ScriptRequest request;
  request.kernel = std::uint32_t(words[kKernel]);
  request.mode = std::uint32_t(words[kMode]);
  for (std::size_t i = 0; i < ScriptRequest::kNumbers; ++i)
    request.numbers[i] = words[kNumbers + i];
  request.bytes = std::move(bytes);
  request.lane = Lane(std::uint32_t(words[kLane]));
  request.module = std::uint32_t(words[kModule]);
  request.progress = std::uint32_t(words[kProgress]);
  request.started = std::uint32_t(words[kStarted]);
  request.is_dropped_early = words[kIsDroppedEarly] != 0;
  request.label = std::uint32_t(words[kLabel]);
  request.lost = std::uint32_t(words[kLost]);
  request.handle = words[kHandle];
  auto const type = Type(std::uint32_t(words[kType]));
  Cell& cell = stream_.expect(runtime.home(), handle, type);
  auto job = ScriptJob::start(runtime, mailbox_, cell, type, std::move(request));
  auto const armed = armed_.find(handle);
  if (armed != armed_.end()) armed->second = std::move(job);
}

double Environment::call_script(double const*) {
  begin_script({});
  return 0;
}

void Environment::call_script_with(Info const& info) {
  begin_script(to_bytes(info[0]));
}

// What a kernel gave: see ScriptJob::settle().
Napi::Value Environment::take_result(Info const& info) {
  Blob const* const blob = stream_.cell(to_uint32(info[0])).value.blob;
  CHECK(blob != nullptr);
  if (blob->size == 0) return info.Env().Undefined();
  if (blob->size != sizeof(double)) return take_bytes(info);
  double number = 0;
  std::memcpy(&number, blob->data, sizeof(number));
  return Napi::Number::New(info.Env(), number);
}

double Environment::scripts_waiting(double const* arguments) {
  return double(runtime(std::uint32_t(arguments[0])).crew().scripts().waiting());
}

// No isolate will come: what waits for one fails.
double Environment::fail_waiting(double const* arguments) {
  runtime(std::uint32_t(arguments[0])).crew().scripts().fail_waiting();
  return 0;
}

double Environment::scripts_left(double const* arguments) {
  return double(runtime(std::uint32_t(arguments[0])).crew().scripts().count());
}

double Environment::next_script_round(double const* arguments) {
  return runtime(std::uint32_t(arguments[0])).crew().scripts().next_round() ? 1 : 0;
}

// Of waits and of runs: count, sum, the most, and quantiles, in nanoseconds.
Napi::Value Environment::call_times(Info const& info) {
  Scripts& scripts = runtime(info[0]).crew().scripts();
  std::vector<double> numbers;
  for (Histogram const* of : {&scripts.waits(), &scripts.runs()}) {
    numbers.push_back(double(of->count()));
    numbers.push_back(double(of->sum()));
    numbers.push_back(double(of->max()));
    for (double const part : {0.5, 0.9, 0.99, 0.999}) numbers.push_back(double(of->quantile(part)));
  }
  return copy_of(info.Env(), numbers);
}

double Environment::reset_call_times(double const* arguments) {
  Scripts& scripts = runtime(std::uint32_t(arguments[0])).crew().scripts();
  scripts.waits().reset();
  scripts.runs().reset();
  return 0;
}

// Not 0: it is closed.
double Environment::close_within(double const* arguments) {
  Runtime& closing = runtime(std::uint32_t(arguments[0]));
  if (!closing.close_until(deadline_in(arguments[1]))) return 0;
  auto node = runtimes_.extract(std::uint32_t(arguments[0]));
  if (!closing.is_quiet()) closed_.insert(std::move(node));
  forget_quiet_runtimes();
  return 1;
}

Napi::Value Environment::running_kernels(Info const& info) {
  auto names = Napi::Array::New(info.Env());
  std::uint32_t count = 0;
  for (std::uint32_t const kernel : runtime(info[0]).crew().scripts().running()) {
    names[count++] = Napi::Number::New(info.Env(), kernel);
  }
  return names;
}

// What a kernel has thrown, by the number in the record. The record is the newest one.
Napi::Value Environment::fault_bytes(Info const& info) {
  auto const address = std::uintptr_t(info[0].As<Napi::Number>().Int64Value());
  auto const* const blob = reinterpret_cast<Blob const*>(address);
  if (blob == nullptr || blob->size == 0) return info.Env().Undefined();
  return copy_of(info.Env(), blob->data, blob->size);
}

// --- Of isolates.

Napi::Value Environment::open_isolate(Info const& info) {
  std::shared_ptr<Crew> crew = Crew::find(std::uint64_t(info[0].As<Napi::Number>().Int64Value()));
  if (crew == nullptr) return Napi::Boolean::New(info.Env(), false);
  auto calls = info[3].As<Napi::Object>();
  auto const claim = Scripts::Claim(info[1].As<Napi::Number>().Int64Value());
  isolate_ = std::make_unique<IsolateSide>(info.Env(), std::move(crew), claim,
                                           info[2].As<Napi::Float64Array>(), calls);
  IsolateSide* const side = isolate_.get();
  Napi::Env const env = info.Env();
  using Side = IsolateSide;
  add_plain_method<Side, &Side::fork_slow>(env, calls, "forkSlow", side);
  add_plain_method<Side, &Side::keep_overflow>(env, calls, "keepOverflow", side);
  add_plain_method<Side, &Side::join_slow>(env, calls, "joinSlow", side);
  add_plain_method<Side, &Side::unwind>(env, calls, "unwind", side);
  add_plain_method<Side, &Side::step>(env, calls, "step", side);
  add_plain_method<Side, &Side::fail>(env, calls, "fail", side);
  add_plain_method<Side, &Side::overflow>(env, calls, "overflow", side);
  add_plain_method<Side, &Side::is_cancelled>(env, calls, "isCancelled", side);
  add_plain_method<Side, &Side::loaded>(env, calls, "loaded", side);
  return Napi::Boolean::New(env, true);
}

// An Answer to a job that was answered with Later.
void Environment::settle_job(Info const& info) {
  auto const job = std::uint64_t(info[0].As<Napi::Number>().Int64Value());
  isolate_->settle(job, ScriptAnswer(to_uint32(info[1])));
}

void Environment::answer_bytes(Info const& info) {
  isolate_->answer(to_bytes(info[0]));
}

Napi::Value Environment::job_bytes(Info const& info) {
  std::string const& bytes = isolate_->job().request().bytes;
  return copy_of(info.Env(), bytes.data(), bytes.size());
}

Napi::Value Environment::task_fault(Info const& info) {
  std::string const bytes = isolate_->fault(to_uint32(info[0]));
  return copy_of(info.Env(), bytes.data(), bytes.size());
}

}  // namespace heddle::napi
