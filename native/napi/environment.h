#pragma once
// One JavaScript environment's share of Heddle: its stream, its mailbox, its runtimes.
//
// Node-API may be called on the environment's own thread only; the thread-safe function behind
// the mailbox's bell is the exception, and this class is the only one that uses it.
//
// Rules, each of them a crash or a hang when broken:
//   J1  JavaScript values are touched on the environment's thread only, inside a callback.
//   J2  The bell keeps the process alive exactly while JavaScript says so: hold().
//   J3  Teardown runs in this order, in a cleanup hook that is younger than the thread-safe
//       function's own: the mailbox is shut, so that nobody rings; every runtime is closed,
//       which ends its threads; then the bell is released.
//   J4  An exception out of deliver() leaves letters behind: the bell is rung again for them.

#include <napi.h>

#include <cstdint>
#include <memory>
#include <unordered_map>

#include "runtime/runtime.h"

namespace heddle::napi {

// Lent arrays that nobody uses any more.
struct ReturnedArrays {
  ~ReturnedArrays() {
    Queue<ArrayData> last = inbox.take();
    while (ArrayData* const array = last.pop_front()) delete array;
  }

  Inbox<ArrayData> inbox;
};

class Environment : public Napi::Addon<Environment> {
 public:
  Environment(Napi::Env env, Napi::Object exports);
  ~Environment();

 private:
  using Info = Napi::CallbackInfo;
  static void ring(Napi::Env env, Napi::Function, Environment* self, void*);
  using Bell = Napi::TypedThreadSafeFunction<Environment, void, ring>;

  // The functions of lib/native-api.ts, which documents them.
  void open(Info const& info);
  Napi::Value layout(Info const& info);
  Napi::Value task_layout(Info const& info);
  Napi::Value start(Info const& info);
  Napi::Value backend(Info const& info);
  Napi::Value reason(Info const& info);
  Napi::Value stats(Info const& info);
  void close(Info const& info);
  Napi::Value take_bytes(Info const& info);
  void read_file(Info const& info);
  void digest(Info const& info);
  void drained(Info const& info);
  Napi::Value wait_drained(Info const& info);
  void hold(Info const& info);
  Napi::Value hash(Info const& info);

  // The same, about arrays: array_calls.cc.
  Napi::Value make_array(Info const& info);
  void lend_array(Info const& info);
  void run_array(Info const& info);
  Napi::Value view_array(Info const& info);
  Napi::Value drop_array(Info const& info);
  void take_back_arrays();
  static void count_array_bytes(Napi::Env env, std::int64_t bytes);

  // The same, those that are called for single values.
  double add_block(double const* arguments);
  double consume(double const* arguments);
  double evaluate(double const* arguments);
  double watch(double const* arguments);
  double wait(double const* arguments);
  double read(double const* arguments);

  Runtime& runtime(std::uint32_t id);
  Runtime& runtime(Napi::Value id);
  void tell_bytes();
  void deliver(Napi::Env env);
  void forget_quiet_runtimes();
  void tear_down();

  Napi::Env const env_;
  Bell bell_;
  Mailbox mailbox_;
  ReturnedArrays returned_;  // Before the stream, whose cells still have some when it ends.
  Stream stream_;
  CellWaiter waiter_;
  std::unordered_map<std::uint32_t, std::unique_ptr<Runtime>> runtimes_;
  std::unordered_map<std::uint32_t, std::unique_ptr<Runtime>> closed_;  // Until they are quiet.
  std::uint32_t next_runtime_ = 1;
  std::int64_t bytes_told_ = 0;  // What the collector knows of the stream's blocks.

  // Arrays whose elements JavaScript has made, with what keeps them; and the views of ours that it
  // has.
  std::unordered_map<ArrayData*, Napi::Reference<Napi::Uint8Array>> lent_;
  std::unordered_map<ArrayData*, Napi::Reference<Napi::ArrayBuffer>> viewed_;

  // Shared with JavaScript, and held so that they stay where they are.
  Napi::Reference<Napi::Uint8Array> records_owner_;
  Napi::Reference<Napi::Uint8Array> commands_owner_;
  Napi::FunctionReference deliver_;
  Record* records_ = nullptr;
  std::uint32_t records_capacity_ = 0;
  Command const* commands_ = nullptr;
  std::uint32_t commands_capacity_ = 0;
};

}  // namespace heddle::napi
