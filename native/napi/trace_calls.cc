// The functions about traces that JavaScript calls.

#include "napi/environment.h"
#include "napi/plain_call.h"

namespace heddle::napi {

void Environment::add_trace_methods(Napi::Env env, Napi::Object exports) {
  add_plain_method<Environment, &Environment::start_trace>(env, exports, "startTrace", this);
  add_plain_method<Environment, &Environment::stop_trace>(env, exports, "stopTrace", this);
}

// 0, or -errno.
double Environment::start_trace(double const* arguments) {
  auto const started =
      runtime(std::uint32_t(arguments[0])).recording().start(std::size_t(arguments[1]));
  return started.ok() ? 0 : -int(started.error());
}

double Environment::stop_trace(double const* arguments) {
  runtime(std::uint32_t(arguments[0])).recording().stop();
  return 0;
}

Napi::Value Environment::trace(Info const& info) {
  return copy_of(info.Env(), runtime(info[0]).recording().numbers());
}

Napi::Value Environment::label(Info const& info) {
  return Napi::Number::New(info.Env(), label_of(info[0].As<Napi::String>().Utf8Value()));
}

Napi::Value Environment::labels(Info const& info) {
  auto const names = heddle::labels();
  auto result = Napi::Array::New(info.Env(), names.size());
  for (std::uint32_t i = 0; i < names.size(); ++i) {
    result[i] = Napi::String::New(info.Env(), names[i]);
  }
  return result;
}

}  // namespace heddle::napi
