// The functions about shared values that JavaScript calls.

#include <cstring>
#include <utility>

#include "base/check.h"
#include "base/clock.h"
#include "napi/environment.h"
#include "napi/plain_call.h"

namespace heddle::napi {

void Environment::Postman::notify(std::uint32_t token) {
  mailbox.post(std::make_unique<TokenLetter>(token, RecordKind::Version));
}

void Environment::add_value_methods(Napi::Env env, Napi::Object exports) {
  add_plain_method<Environment, &Environment::share_value>(env, exports, "shareValue", this);
  add_plain_method<Environment, &Environment::attach_value>(env, exports, "attachValue", this);
  add_plain_method<Environment, &Environment::drop_value>(env, exports, "dropValue", this);
  add_plain_method<Environment, &Environment::assign_value>(env, exports, "assignValue", this);
  add_plain_method<Environment, &Environment::version_now>(env, exports, "versionNow", this);
  add_plain_method<Environment, &Environment::version_next>(env, exports, "versionNext", this);
  add_plain_method<Environment, &Environment::version_look>(env, exports, "versionLook", this);
  add_plain_method<Environment, &Environment::version_is>(env, exports, "versionIs", this);
  add_plain_method<Environment, &Environment::version_watch>(env, exports, "versionWatch", this);
  add_plain_method<Environment, &Environment::version_wait>(env, exports, "versionWait", this);
  add_plain_method<Environment, &Environment::version_hold>(env, exports, "versionHold", this);
  add_plain_method<Environment, &Environment::version_release>(env, exports, "versionRelease",
                                                               this);
  add_plain_method<Environment, &Environment::version_forget>(env, exports, "versionForget", this);
  add_plain_method<Environment, &Environment::version_abandon>(env, exports, "versionAbandon",
                                                               this);
}

double Environment::share_value(double const* arguments) {
  return double(values_.share(runtime(std::uint32_t(arguments[0])).crew()));
}

double Environment::attach_value(double const* arguments) {
  return values_.attach(SharedValues::Key(arguments[0]));
}

double Environment::drop_value(double const* arguments) {
  values_.drop(SharedValues::Key(arguments[0]));
  return 0;
}

double Environment::version_now(double const* arguments) {
  return double(values_.now(SharedValues::Key(arguments[0]), arguments[1] != 0));
}

double Environment::version_next(double const* arguments) {
  auto const [version, previous] = values_.next(SharedValues::Key(arguments[0]));
  records_[0] = Record{};
  records_[0].value.number = double(previous);
  return double(version);
}

double Environment::assign_value(double const* arguments) {
  Command const& operand = commands_[std::uint32_t(arguments[3])];
  Runtime& computes = runtime(std::uint32_t(arguments[1]));
  Timeline& timeline = values_.timeline(SharedValues::Key(arguments[0]));
  bool const is_done = timeline.assign(kernels(), CommandCode(arguments[2]), Type(operand.operands),
                                       operand.value);
  if (is_done) computes.home().count_computed(1);
  return is_done;
}

double Environment::version_look(double const* arguments) {
  records_[0] = Record{};
  auto outcome = Outcome::Open;
  values_.with(SharedValues::Id(arguments[0]), [&](Timeline& timeline, Version& version) {
    timeline.look(version, [&](Contents const& contents) {
      outcome = contents.outcome;
      if (outcome != Outcome::Scalar && outcome != Outcome::Fault) return;
      describe(contents.value, contents.fault, records_[0]);
      records_[0].type = std::uint32_t(contents.type);
    });
  });
  return double(outcome);
}

double Environment::version_is(double const* arguments) {
  auto const moment = Moment(arguments[1]);
  return values_.with(SharedValues::Id(arguments[0]), [&](Timeline& timeline, Version& version) {
    return timeline.is(version, moment);
  });
}

double Environment::version_watch(double const* arguments) {
  return values_.watch(SharedValues::Id(arguments[0]), Moment(arguments[1]),
                       std::uint32_t(arguments[2]));
}

double Environment::version_wait(double const* arguments) {
  auto const moment = Moment(arguments[1]);
  std::uint64_t const deadline = now_ns() + std::uint64_t(arguments[2] * 1e6);
  return values_.with(SharedValues::Id(arguments[0]), [&](Timeline& timeline, Version& version) {
    return timeline.wait(version, moment, deadline);
  });
}

double Environment::version_hold(double const* arguments) {
  values_.hold(SharedValues::Id(arguments[0]));
  return 0;
}

double Environment::version_release(double const* arguments) {
  values_.release(SharedValues::Id(arguments[0]));
  return 0;
}

double Environment::version_forget(double const* arguments) {
  values_.forget(SharedValues::Id(arguments[0]));
  return 0;
}

double Environment::version_abandon(double const* arguments) {
  values_.settle(SharedValues::Id(arguments[0]), Contents::abandoned());
  return 0;
}

void Environment::version_settle(Info const& info) {
  auto const id = SharedValues::Id(info[0].As<Napi::Number>().Int64Value());
  std::vector<double> meta;
  if (info[2].IsTypedArray()) {
    auto const words = info[2].As<Napi::Float64Array>();
    meta.assign(words.Data(), words.Data() + words.ElementLength());
  }
  Cell const& cell = stream_.cell(info[1].As<Napi::Number>().Uint32Value());
  values_.settle(id, Contents::of(cell, std::move(meta)));
}

void Environment::version_settle_bytes(Info const& info) {
  auto const id = SharedValues::Id(info[0].As<Napi::Number>().Int64Value());
  auto const bytes = info[1].As<Napi::Uint8Array>();
  Outcome const outcome = info[2].As<Napi::Boolean>().Value() ? Outcome::Thrown : Outcome::Clone;
  values_.settle(id, Contents::bytes(outcome, bytes.Data(), bytes.ByteLength()));
}

Napi::Value Environment::version_bytes(Info const& info) {
  auto const id = SharedValues::Id(info[0].As<Napi::Number>().Int64Value());
  Napi::Value copy;
  values_.with(id, [&](Timeline& timeline, Version& version) {
    Blob const* blob =
        nullptr;  // Settled: it stays, and is not changed, while we have the version.
    timeline.look(version, [&](Contents const& contents) { blob = contents.value.blob; });
    copy = copy_of(info.Env(), blob->data, blob->size);
  });
  return copy;
}

Napi::Value Environment::version_meta(Info const& info) {
  auto const id = SharedValues::Id(info[0].As<Napi::Number>().Int64Value());
  std::vector<double> meta;
  values_.with(id, [&](Timeline& timeline, Version& version) {
    timeline.look(version, [&](Contents const& contents) { meta = contents.meta; });
  });
  return copy_of(info.Env(), meta);
}

void Environment::version_array(Info const& info) {
  auto const id = SharedValues::Id(info[0].As<Napi::Number>().Int64Value());
  ArrayData* array = nullptr;
  values_.with(id, [&](Timeline& timeline, Version& version) {
    timeline.look(version, [&](Contents const& contents) {
      CHECK(contents.outcome == Outcome::Array);
      array = heddle::hold(contents.value.array);
    });
  });
  count_array_bytes(std::int64_t(array->bytes));
  settle_array(stream_.cell(info[1].As<Napi::Number>().Uint32Value()), array);
}

}  // namespace heddle::napi
