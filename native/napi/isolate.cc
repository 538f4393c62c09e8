// Ringing, turns, and calls into and from the JavaScript of an isolate.

#include "napi/isolate.h"

#include "base/check.h"

namespace heddle::napi {

namespace {

constexpr double kClosed = 9;  // No kernel runs: as lib/kernel-machine.ts has it.

}  // namespace

IsolateSide::IsolateSide(Napi::Env env, std::shared_ptr<Crew> crew, Scripts::Claim claim,
                         Napi::Float64Array frame, Napi::Object calls)
    : Isolate(std::move(crew), claim),
      env_(env),
      calls_(Napi::Persistent(calls)),
      run_(Napi::Persistent(calls.Get("run").As<Napi::Function>())),
      frame_owner_(Napi::Persistent(frame)),
      bell_(Bell::New(env, "heddle", /*maxQueueSize=*/0, /*initialThreadCount=*/1, this)) {
  CHECK(frame.ElementLength() * sizeof(double) >= sizeof(ScriptFrame));
  frame_ = reinterpret_cast<ScriptFrame*>(frame.Data());
  env.AddCleanupHook([](IsolateSide* self) { self->tear_down(); }, this);  // I2
  load_modules();
  ask_for_seat();
}

IsolateSide::~IsolateSide() = default;

void IsolateSide::tear_down() {
  withdraw();  // I1
  bell_.Abort();
}

void IsolateSide::ring() {
  // Full or closing: it is on its way, or gone.
  (void)bell_.NonBlockingCall();
}

void IsolateSide::on_ring(Napi::Env env, Napi::Function, IsolateSide* self, void*) {
  if (env == nullptr || self->has_ended_) return;  // Draining at teardown.
  Napi::HandleScope const scope(env);
  self->be_rung();
}

void IsolateSide::be_rung() {
  // While it ends of an error of its own it may be rung still: what it would take would die.
  if (!can_call()) return;
  load_modules();
  if (!is_seated_) {
    if (is_over()) {
      has_ended_ = true;
      (void)call_back("over", nullptr);
      return;
    }
    is_seated_ = sit();
    if (!is_seated_) return;
    tell_seated();
  }
  switch (take_turn()) {
    case Worker::Turn::Idle:
    case Worker::Turn::Dead:
      return;
    case Worker::Turn::Again:
      ring();
      return;
    case Worker::Turn::Over:
      has_ended_ = true;
      (void)call_back("over", nullptr);
  }
}

// JavaScript says when each is there.
void IsolateSide::load_modules() {
  while (std::uint32_t const text = next_load()) {
    napi_value number = nullptr;
    if (napi_create_uint32(env_, text, &number) == napi_ok) (void)call_back("load", number);
  }
}

double IsolateSide::loaded(double const* arguments) {
  Isolate::loaded(std::uint32_t(arguments[0]));
  load_modules();
  ask_for_seat();
  return 0;
}

void IsolateSide::ask_for_seat() {
  if (has_asked_ || has_ended_ || !may_sit()) return;
  has_asked_ = true;
  ask({[](void* self) { static_cast<IsolateSide*>(self)->ring(); }, this});
}

void IsolateSide::tell_seated() {
  napi_value buffer = nullptr;
  bool const made = napi_create_external_arraybuffer(env_, stack(), stack_bytes(), nullptr, nullptr,
                                                     &buffer) == napi_ok;
  if (made) (void)call_back("seated", buffer);
}

bool IsolateSide::call_back(char const* name, napi_value argument) {
  napi_value calls = calls_.Value();
  napi_value function = nullptr;
  napi_value result = nullptr;
  return napi_get_named_property(env_, calls, name, &function) == napi_ok &&
         napi_call_function(env_, calls, function, argument == nullptr ? 0 : 1, &argument,
                            &result) == napi_ok;
}

ScriptAnswer IsolateSide::call(ScriptEntry entry) {
  napi_handle_scope scope = nullptr;
  if (napi_open_handle_scope(env_, &scope) != napi_ok) return ScriptAnswer::Dead;
  napi_value argument = nullptr;
  napi_value global = nullptr;
  napi_value answer = nullptr;
  double number = 0;
  // It catches what its kernel throws: what fails here is a thread that is being ended.
  bool const has_run = napi_create_uint32(env_, std::uint32_t(entry), &argument) == napi_ok &&
                       napi_get_global(env_, &global) == napi_ok &&
                       napi_call_function(env_, global, run_.Value(), 1, &argument, &answer) ==
                           napi_ok &&
                       napi_get_value_double(env_, answer, &number) == napi_ok;
  bool const is_over = !has_run && !recover();
  (void)napi_close_handle_scope(env_, scope);
  if (has_run) return ScriptAnswer(std::uint32_t(number));
  if (is_over) return ScriptAnswer::Dead;
  Isolate::answer({});
  return ScriptAnswer::Thrown;
}

// True: JavaScript has thrown where it never should, and goes on.
bool IsolateSide::recover() {
  bool is_pending = false;
  napi_value thrown = nullptr;
  (void)napi_is_exception_pending(env_, &is_pending);
  if (is_pending) (void)napi_get_and_clear_last_exception(env_, &thrown);
  return answers();
}

// Whether it can still be called: with no stack left it throws an error, and where it is being
// ended there is none.
bool IsolateSide::answers() {
  if (call_back("probe", nullptr)) return true;
  napi_value thrown = nullptr;
  bool is_error = false;
  bool const is_known = napi_get_and_clear_last_exception(env_, &thrown) == napi_ok &&
                        napi_is_error(env_, thrown, &is_error) == napi_ok;
  return is_known && is_error;
}

bool IsolateSide::can_call() {
  napi_handle_scope scope = nullptr;
  if (napi_open_handle_scope(env_, &scope) != napi_ok) return false;
  bool const can_call = answers();
  (void)napi_close_handle_scope(env_, scope);
  return can_call;
}

double IsolateSide::fork_slow(double const* arguments) {
  if (!is_running()) return kClosed;
  return double(worker().fork_script(std::size_t(arguments[0])));
}

double IsolateSide::keep_overflow(double const*) {
  if (is_running()) worker().keep_overflow();
  return 0;
}

// A Worker::ScriptJoin; the result is in the frame, and what was thrown is the next number.
double IsolateSide::join_slow(double const* arguments) {
  if (!is_running()) return kClosed;
  ScriptResult result{};
  auto const outcome = worker().join_script(std::size_t(std::ptrdiff_t(arguments[0])), result);
  frame_->numbers[0] = result.number;
  frame_->numbers[1] = result.fault;
  return double(outcome);
}

double IsolateSide::unwind(double const* arguments) {
  if (!is_running()) return 0;
  return worker().unwind_script(std::size_t(arguments[0]), std::uint32_t(arguments[1]));
}

// So many indices are done. Not 0: it is to end.
double IsolateSide::step(double const* arguments) {
  if (!is_running()) return 1;
  job().add_progress(arguments[0]);
  return job().is_over() ? 1 : 0;
}

// The dispatch has failed: all other parts of it are to stop.
double IsolateSide::fail(double const*) {
  if (is_running()) job().note_failure();
  return 0;
}

// A part of the job has used up the stack.
double IsolateSide::overflow(double const*) {
  if (is_running()) job().note_overflow();
  return 0;
}

double IsolateSide::is_cancelled(double const*) {
  return !is_running() || job().is_cancelled.load(relaxed) ? 1 : 0;
}

}  // namespace heddle::napi
