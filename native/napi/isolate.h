#pragma once
// The isolate's side of its seat: what its event loop is rung for, and what its JavaScript calls.
//
// Rules:
//   I1  The bell is rung by any thread, under the seat's lock, until withdraw(): so it is there.
//   I2  A cleanup hook, younger than the bell's own, withdraws before the bell goes.

#include <napi.h>

#include <memory>

#include "runtime/isolate.h"

namespace heddle::napi {

class IsolateSide final : public Isolate {
 public:
  // `frame` is a Float64Array; `calls` has the functions run, load, seated and over.
  IsolateSide(Napi::Env env, std::shared_ptr<Crew> crew, Scripts::Claim claim,
              Napi::Float64Array frame, Napi::Object calls);
  ~IsolateSide() override;

  // What its JavaScript calls, from a kernel; see Isolate in lib/native-api.ts.
  double fork_slow(double const* arguments);
  double keep_overflow(double const* arguments);
  double join_slow(double const* arguments);
  double unwind(double const* arguments);
  double step(double const* arguments);
  double overflow(double const* arguments);
  double fail(double const* arguments);
  double is_cancelled(double const* arguments);
  double loaded(double const* arguments);

 private:
  static void on_ring(Napi::Env env, Napi::Function, IsolateSide* self, void*);
  using Bell = Napi::TypedThreadSafeFunction<IsolateSide, void, on_ring>;

  ScriptAnswer call(ScriptEntry entry) override;
  bool can_call() override;
  bool recover();
  bool answers();
  void ring();
  void be_rung();
  void load_modules();
  void ask_for_seat();
  void tell_seated();
  bool call_back(char const* name, napi_value argument);
  void tear_down();

  Napi::Env const env_;
  Napi::ObjectReference calls_;
  Napi::FunctionReference run_;
  Napi::Reference<Napi::Float64Array> frame_owner_;
  Bell bell_;
  bool is_seated_ = false;
  bool has_asked_ = false;
  bool has_ended_ = false;
};

}  // namespace heddle::napi
