// The functions about waiting that JavaScript calls: for a time, a descriptor, a signal; and those
// that end what was asked for.

#include <sys/eventfd.h>
#include <unistd.h>

#include "base/check.h"
#include "base/clock.h"
#include "napi/environment.h"
#include "napi/plain_call.h"
#include "runtime/event_descriptor.h"

namespace heddle::napi {

void Environment::add_waiting_methods(Napi::Env env, Napi::Object exports) {
  add_plain_method<Environment, &Environment::timer>(env, exports, "timer", this);
  add_plain_method<Environment, &Environment::poll>(env, exports, "poll", this);
  add_plain_method<Environment, &Environment::make_event>(env, exports, "makeEvent", this);
  add_plain_method<Environment, &Environment::event_descriptor>(env, exports, "eventDescriptor",
                                                                this);
  add_plain_method<Environment, &Environment::signal_event>(env, exports, "signalEvent", this);
  add_plain_method<Environment, &Environment::wait_event>(env, exports, "waitEvent", this);
  add_plain_method<Environment, &Environment::drop_event>(env, exports, "dropEvent", this);
  add_plain_method<Environment, &Environment::make_completion>(env, exports, "makeCompletion",
                                                               this);
  add_plain_method<Environment, &Environment::signal_completion>(env, exports, "signalCompletion",
                                                                 this);
  add_plain_method<Environment, &Environment::arm>(env, exports, "arm", this);
  add_plain_method<Environment, &Environment::cancel>(env, exports, "cancel", this);
  add_plain_method<Environment, &Environment::disarm>(env, exports, "disarm", this);
}

// Of a fresh handle.
Cell& Environment::expect(Runtime& runtime, double handle) {
  return stream_.expect(runtime.home(), Handle(handle), Type::Bytes);
}

void Environment::submit(Handle handle, std::shared_ptr<CellOperation> operation) {
  auto const armed = armed_.find(handle);
  if (armed != armed_.end()) armed->second = operation;
  CellOperation::submit(std::move(operation));
}

double Environment::timer(double const* arguments) {
  Runtime& runtime = this->runtime(std::uint32_t(arguments[0]));
  Cell& cell = expect(runtime, arguments[1]);
  auto operation = std::make_shared<CellOperation>(runtime, cell, Call::None);
  operation->set_timer(now_ns() + std::uint64_t(arguments[2] * 1e6));
  submit(Handle(arguments[1]), std::move(operation));
  return 0;
}

double Environment::poll(double const* arguments) {
  Runtime& runtime = this->runtime(std::uint32_t(arguments[0]));
  Cell& cell = expect(runtime, arguments[1]);
  auto operation = std::make_shared<CellOperation>(runtime, cell, Call::Poll);
  operation->set_poll(int(arguments[2]), int(arguments[3]));
  submit(Handle(arguments[1]), std::move(operation));
  return 0;
}

// Its number here, or -errno.
double Environment::make_event(double const* arguments) {
  auto made = EventDescriptor::make(std::uint32_t(arguments[0]));
  if (!made.ok()) return -int(made.error());
  events_.emplace(next_event_, std::move(made).value());
  return next_event_++;
}

double Environment::event_descriptor(double const* arguments) {
  return events_.at(std::uint32_t(arguments[0]))->fd();
}

double Environment::signal_event(double const* arguments) {
  return events_.at(std::uint32_t(arguments[0]))->add(std::uint64_t(arguments[1]));
}

double Environment::wait_event(double const* arguments) {
  Runtime& runtime = this->runtime(std::uint32_t(arguments[0]));
  Cell& cell = expect(runtime, arguments[1]);
  submit(Handle(arguments[1]),
         std::make_shared<EventWait>(runtime, cell, events_.at(std::uint32_t(arguments[2]))));
  return 0;
}

double Environment::drop_event(double const* arguments) {
  events_.erase(std::uint32_t(arguments[0]));
  return 0;
}

// Its key, or -errno.
double Environment::make_completion(double const* arguments) {
  Runtime& runtime = this->runtime(std::uint32_t(arguments[0]));
  Cell& cell = expect(runtime, arguments[1]);
  auto const key = runtime.completions().make(runtime.io(), cell);
  if (key.ok()) return double(key.value());
  cell.fault = make_system_fault(int(key.error()));
  settle_outside(cell);
  return -int(key.error());
}

double Environment::signal_completion(double const* arguments) {
  return ForeignCompletion::signal(std::uint64_t(arguments[0]));
}

// The address, or 0: it is over.
Napi::Value Environment::completion_pointer(Info const& info) {
  auto const key = std::uint64_t(info[0].As<Napi::Number>().Int64Value());
  heddle_completion* const pointer = ForeignCompletion::pointer(key);
  return Napi::BigInt::New(info.Env(), std::uint64_t(reinterpret_cast<std::uintptr_t>(pointer)));
}

// The call that is made next with this handle can be ended.
double Environment::arm(double const* arguments) {
  armed_.emplace(Handle(arguments[0]), nullptr);
  return 0;
}

std::shared_ptr<Canceller> Environment::canceller(Handle handle) {
  auto const armed = armed_.find(handle);
  if (armed == armed_.end()) return nullptr;
  auto canceller = std::make_shared<Canceller>();
  armed->second = canceller;
  return canceller;
}

double Environment::cancel(double const* arguments) {
  auto const armed = armed_.find(Handle(arguments[0]));
  if (armed == armed_.end() || armed->second == nullptr) return 0;
  // Held: it may be over, and tell, before cancel() returns.
  std::shared_ptr<Cancellable> const cancelled = armed->second;
  cancelled->cancel();
  return 1;
}

double Environment::disarm(double const* arguments) {
  auto const node = armed_.extract(Handle(arguments[0]));
  return !node.empty() && node.mapped() != nullptr && node.mapped()->has_begun() ? 1 : 0;
}

}  // namespace heddle::napi
