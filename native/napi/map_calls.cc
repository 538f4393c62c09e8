// The functions about mapped files that JavaScript calls.

#include <utility>

#include "base/check.h"
#include "napi/environment.h"
#include "napi/plain_call.h"

namespace heddle::napi {

void Environment::add_map_methods(Napi::Env env, Napi::Object exports) {
  add_plain_method<Environment, &Environment::prefetch_file>(env, exports, "prefetchFile", this);
  add_plain_method<Environment, &Environment::is_cut>(env, exports, "isCut", this);
  add_plain_method<Environment, &Environment::drop_map>(env, exports, "dropMap", this);
}

void Environment::map_file(Info const& info) {
  Runtime& runtime = this->runtime(info[0]);
  std::uint32_t const handle = to_uint32(info[1]);
  std::uint32_t const advice = to_uint32(info[3]);
  CHECK(advice < kAdviceCount);
  MapRequest request;
  request.path = to_bytes(info[2]).c_str();
  request.advice = Advice(advice);
  request.populate = info[4].As<Napi::Boolean>() ? Populate::Yes : Populate::No;
  request.bytes_max = std::size_t(info[5].As<Napi::Number>().Int64Value());
  request.canceller = canceller(handle);
  Cell& result = stream_.expect(runtime.home(), handle, Type::Bytes);
  heddle::map_file(runtime, result, std::move(request));
}

// Its buffer and its number here, or -errno.
Napi::Value Environment::take_map(Info const& info) {
  Napi::Value buffer;
  auto const added = maps_->add(take_mapping(stream_.cell(to_uint32(info[0]))), buffer);
  if (!added.ok()) return Napi::Number::New(info.Env(), -int(added.error()));
  auto both = Napi::Array::New(info.Env(), 2);
  both[0u] = buffer;
  both[1u] = Napi::Number::New(info.Env(), added.value());
  return both;
}

// 0: its bytes are gone.
double Environment::prefetch_file(double const* arguments) {
  auto mapping = maps_->find(std::uint32_t(arguments[2]));
  if (mapping == nullptr) return 0;
  Runtime& runtime = this->runtime(std::uint32_t(arguments[0]));
  auto const handle = Handle(arguments[1]);
  Cell& cell = expect(runtime, arguments[1]);
  heddle::prefetch_file(runtime, cell, std::move(mapping), std::size_t(arguments[3]),
                        std::size_t(arguments[4]), canceller(handle));
  return 1;
}

double Environment::is_cut(double const* arguments) {
  auto const mapping = maps_->find(std::uint32_t(arguments[0]));
  return mapping != nullptr && mapping->is_cut();
}

// By any of the runtimes: their helpers are all the same.
void Environment::release_map(std::shared_ptr<Mapping> mapping) {
  if (!runtimes_.empty()) let_go_of_mapping(*runtimes_.begin()->second, std::move(mapping));
}

double Environment::drop_map(double const* arguments) {
  maps_->detach(std::uint32_t(arguments[0]));
  return 0;
}

}  // namespace heddle::napi
