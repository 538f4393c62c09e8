// The functions that JavaScript calls. They convert, and decide nothing: lib has checked.

#include <cstring>
#include <string>
#include <utility>

#include "base/check.h"
#include "base/clock.h"
#include "napi/environment.h"
#include "runtime/layout.h"

namespace heddle::napi {

std::uint64_t deadline_in(double milliseconds) {
  return now_ns() + std::uint64_t(milliseconds * 1e6);
}

Runtime& Environment::runtime(std::uint32_t id) {
  auto const found = runtimes_.find(id);
  CHECK(found != runtimes_.end());
  return *found->second;
}

Runtime& Environment::runtime(Napi::Value id) {
  return runtime(to_uint32(id));
}

Napi::Value Environment::start(Info const& info) {
  forget_quiet_runtimes();
  RuntimeOptions options;
  options.scheduler.threads = to_uint32(info[0]);
  options.scheduler.stack_bytes = std::size_t(info[1].As<Napi::Number>().Int64Value());
  options.scheduler.task_capacity = to_uint32(info[2]);
  options.scheduler.fibers_max = to_uint32(info[3]);
  options.io = IoOptions::Wanted(to_uint32(info[4]));
  options.scheduler.pin = info[5].As<Napi::Boolean>().Value();
  options.scheduler.name = info[6].As<Napi::String>().Utf8Value();
  return Napi::Number::New(info.Env(), take_in(Runtime::start(options)));
}

Napi::Value Environment::attach(Info const& info) {
  forget_quiet_runtimes();
  auto const key = Crew::Key(info[0].As<Napi::Number>().Int64Value());
  return Napi::Number::New(info.Env(), take_in(Runtime::attach(key, mailbox_, to_uint32(info[1]))));
}

// Its number, or -errno.
double Environment::take_in(Result<std::unique_ptr<Runtime>>&& begun) {
  if (!begun.ok()) return -int(begun.error());
  std::uint32_t const id = next_runtime_++;
  runtimes_.emplace(id, std::move(begun).value());
  return id;
}

Napi::Value Environment::key(Info const& info) {
  return Napi::Number::New(info.Env(), double(runtime(info[0]).crew().key()));
}

Napi::Value Environment::describe_crew(Info const& info) {
  Crew& crew = runtime(info[0]).crew();
  auto description = Napi::Object::New(info.Env());
  description.Set("name", crew.name());
  description.Set("threads", Napi::Number::New(info.Env(), crew.scheduler().threads()));
  return description;
}

Napi::Value Environment::is_open(Info const& info) {
  return Napi::Boolean::New(info.Env(), !runtime(info[0]).closing().load(relaxed));
}

Napi::Value Environment::backend(Info const& info) {
  return Napi::String::New(info.Env(), runtime(info[0]).backend_name());
}

Napi::Value Environment::reason(Info const& info) {
  return Napi::String::New(info.Env(), runtime(info[0]).io().reason());
}

Napi::Value Environment::stats(Info const& info) {
  return copy_of(info.Env(), runtime(info[0]).stats());
}

void Environment::close(Info const& info) {
  Runtime& closing = runtime(info[0]);
  closing.close();
  auto node = runtimes_.extract(to_uint32(info[0]));
  if (!closing.is_quiet()) closed_.insert(std::move(node));
  forget_quiet_runtimes();
}

double Environment::add_block(double const*) {
  auto const number = stream_.add_block();
  tell_bytes();
  return number.ok() ? number.value() : -int(number.error());
}

double Environment::count_task(double const* arguments) {
  runtime(std::uint32_t(arguments[0])).home().count_computed(1);
  return 0;
}

double Environment::consume(double const* arguments) {
  auto const id = std::uint32_t(arguments[0]);
  auto const count = std::uint32_t(arguments[1]);
  CHECK(count <= commands_capacity_);
  stream_.consume(id == 0 ? nullptr : &runtime(id).home(), commands_, count);
  return 0;
}

double Environment::evaluate(double const* arguments) {
  auto const first = std::uint32_t(arguments[2]);
  CHECK(first + 2 <= commands_capacity_);
  Arrival const come = stream_.evaluate(CommandCode(arguments[0]), Type(arguments[1]),
                                        commands_ + first);
  records_[0] = Record{};
  describe(come.value, come.fault, records_[0]);
  drop(come.fault);
  return 0;
}

double Environment::watch(double const* arguments) {
  Cell& watched = stream_.cell(Handle(arguments[0]));
  if (notify_settled(mailbox_, watched, std::uint32_t(arguments[1]))) return 0;
  return read(arguments);
}

double Environment::wait(double const* arguments) {
  return waiter_.wait(stream_, stream_.cell(Handle(arguments[0])), deadline_in(arguments[1]));
}

double Environment::read(double const* arguments) {
  Cell const& read = stream_.cell(Handle(arguments[0]));
  if (!read.is_settled()) return 0;
  records_[0] = Record{};
  describe(read, records_[0]);
  return 1;
}

void Environment::digest(Info const& info) {
  std::uint32_t const count = to_uint32(info[3]);
  runtime(info[0]).digest(mailbox_, to_uint32(info[1]), to_bytes(info[2]), count);
}

void Environment::drained(Info const& info) {
  runtime(info[0]).notify_drained(mailbox_, to_uint32(info[1]));
}

Napi::Value Environment::wait_drained(Info const& info) {
  bool const quiet = runtime(info[0]).wait_drained(
      deadline_in(info[1].As<Napi::Number>().DoubleValue()));
  return Napi::Boolean::New(info.Env(), quiet);
}

void Environment::hold(Info const& info) {
  if (info[0].As<Napi::Boolean>().Value()) {
    bell_.Ref(info.Env());
  } else {
    bell_.Unref(info.Env());
  }
}

Napi::Value Environment::hash(Info const& info) {
  auto array = info[0].As<Napi::Uint8Array>();
  Hash128 const hash = hash_bytes(array.Data(), array.ByteLength());
  auto words = Napi::BigUint64Array::New(info.Env(), 2);
  words[0] = hash.high;
  words[1] = hash.low;
  return words;
}

Napi::Value Environment::layout(Info const& info) {
  auto table = Napi::Object::New(info.Env());
  auto const set = [&](char const* name, std::size_t value) {
    table.Set(name, Napi::Number::New(info.Env(), double(value)));
  };
  set("blockCells", kBlockCells);
  set("commandBytes", sizeof(Command));
  set("commandDestination", offsetof(Command, destination));
  set("commandSources", offsetof(Command, sources));
  set("commandValue", offsetof(Command, value));
  set("recordBytes", sizeof(Record));
  set("recordType", offsetof(Record, type));
  set("recordFault", offsetof(Record, fault));
  set("recordFaultId", offsetof(Record, fault_id));
  set("recordOperation", offsetof(Record, operation));
  set("recordError", offsetof(Record, error));
  set("recordCall", offsetof(Record, call));
  set("recordValue", offsetof(Record, value));
  set("recordLeft", offsetof(Record, left));
  set("recordRight", offsetof(Record, right));
  return table;
}

Napi::Value Environment::task_layout(Info const& info) {
  auto const entries = heddle::task_layout();
  auto table = Napi::Array::New(info.Env(), entries.size());
  for (std::uint32_t i = 0; i < entries.size(); ++i) {
    auto row = Napi::Object::New(info.Env());
    row.Set("group", entries[i].group);
    row.Set("name", entries[i].name);
    row.Set("value", Napi::Number::New(info.Env(), entries[i].value));
    row.Set("says", entries[i].says);
    table.Set(i, row);
  }
  return table;
}

}  // namespace heddle::napi
