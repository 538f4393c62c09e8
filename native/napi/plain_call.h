#pragma once
// Functions from numbers to a number, called by raw Node-API: a fifth of what a wrapper costs.

#include <node_api.h>

#include <cstddef>

namespace heddle::napi {

// What such a function looks like in its class. It may not call back into JavaScript.
template <class Self>
using PlainMethod = double (Self::*)(double const* arguments);

inline constexpr std::size_t kPlainArgumentsMax = 5;

// The callback for one of them; `self` is the data it was made with. Arguments that are missing
// are 0: lib has checked.
template <class Self, PlainMethod<Self> method>
napi_value plain_call(napi_env env, napi_callback_info info) {
  std::size_t count = kPlainArgumentsMax;
  napi_value values[kPlainArgumentsMax];
  void* self = nullptr;
  napi_get_cb_info(env, info, &count, values, nullptr, &self);
  double arguments[kPlainArgumentsMax] = {};
  for (std::size_t i = 0; i < count && i < kPlainArgumentsMax; ++i) {
    napi_get_value_double(env, values[i], &arguments[i]);
  }
  napi_value result = nullptr;
  napi_create_double(env, (static_cast<Self*>(self)->*method)(arguments), &result);
  return result;
}

// Adds a callback to an object by name; `self` is its data. It fails only where the thread is being
// ended: no JavaScript runs any more then that could miss it.
inline void add_method(napi_env env, napi_value object, char const* name, napi_callback callback,
                       void* self) {
  napi_value function = nullptr;
  bool const is_made = napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, self,
                                            &function) == napi_ok;
  if (is_made) (void)napi_set_named_property(env, object, name, function);
}

// The same for a plain method.
template <class Self, PlainMethod<Self> method>
void add_plain_method(napi_env env, napi_value object, char const* name, Self* self) {
  add_method(env, object, name, plain_call<Self, method>, self);
}

}  // namespace heddle::napi
