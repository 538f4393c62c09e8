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
//       which ends its threads, or waits until the workers of other threads have nothing of this
//       environment any more; then the bell is released.
//   J4  An exception out of deliver() leaves letters behind: the bell is rung again for them.

#include <napi.h>

#include <cstdint>
#include <memory>
#include <span>
#include <unordered_map>
#include <vector>

#include "napi/frame_table.h"
#include "napi/map_table.h"
#include "napi/shared_values.h"
#include "runtime/event_descriptor.h"
#include "runtime/native_kernel.h"
#include "runtime/open_file.h"
#include "runtime/pressure.h"
#include "runtime/runtime.h"
#include "runtime/transfer.h"

namespace heddle::napi {

class IsolateSide;

// Lent arrays that nobody uses any more.
struct ReturnedArrays {
  ~ReturnedArrays() {
    Queue<ArrayData> last = inbox.take();
    while (ArrayData* const array = last.pop_front()) delete array;
  }

  Inbox<ArrayData> inbox;
};

std::uint32_t to_uint32(Napi::Value value);

// On the clock of now_ns().
std::uint64_t deadline_in(double milliseconds);

// Bytes of a Buffer as they are: file names need not be UTF-8.
std::string to_bytes(Napi::Value value);

// A typed array's bytes. It may be on a SharedArrayBuffer, which node-addon-api does not know.
struct ByteView {
  std::byte* data;
  std::size_t size;
};
ByteView bytes_of(Napi::Env env, Napi::Value value);

// Copies, in an ArrayBuffer or a Float64Array. Undefined once the thread is being ended, when
// nothing can be made any more, and nobody will look: Napi's own would end the process.
Napi::Value copy_of(Napi::Env env, void const* bytes, std::size_t size);
Napi::Value copy_of(Napi::Env env, std::span<double const> numbers);

// Gives an array to a fresh cell.
void settle_array(Cell& cell, ArrayData* array);

class Environment : public Napi::Addon<Environment> {
 public:
  Environment(Napi::Env env, Napi::Object exports);
  ~Environment();

 private:
  using Info = Napi::CallbackInfo;

  // Tells JavaScript about versions of shared values.
  struct Postman : Notify {
    explicit Postman(Mailbox& to) : mailbox(to) {}
    void notify(std::uint32_t token) override;
    Mailbox& mailbox;
  };

  static void ring(Napi::Env env, Napi::Function, Environment* self, void*);
  using Bell = Napi::TypedThreadSafeFunction<Environment, void, ring>;

  // The functions of lib/native-api.ts, which documents them.
  void open(Info const& info);
  Napi::Value layout(Info const& info);
  Napi::Value task_layout(Info const& info);
  Napi::Value start(Info const& info);
  Napi::Value key(Info const& info);
  Napi::Value attach(Info const& info);
  Napi::Value describe_crew(Info const& info);
  Napi::Value is_open(Info const& info);
  Napi::Value backend(Info const& info);
  Napi::Value reason(Info const& info);
  Napi::Value stats(Info const& info);
  void close(Info const& info);
  Napi::Value take_bytes(Info const& info);
  Napi::Value take_result(Info const& info);
  void read_file(Info const& info);
  void file_call(Info const& info);
  void open_file(Info const& info);
  Napi::Value take_file(Info const& info);
  Napi::Value descriptor_call(Info const& info);
  double read_at(double const* arguments);
  Napi::Value write_at(Info const& info);
  std::shared_ptr<OpenFile> const* enter_file(std::uint32_t number);
  template <class Transfer>
  void transfer(Runtime& runtime, Handle handle, Place place, PooledBuffer buffer);
  static napi_value read_now(napi_env env, napi_callback_info info);
  Napi::Value copy_bytes(Info const& info);
  void drop_file(Info const& info);
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
  void guard_array(Info const& info);
  void drop_told(Cell& cell);
  void drop_collected_arrays();
  void count_array_bytes(std::int64_t bytes);

  // The same, about shared values: value_calls.cc.
  void add_value_methods(Napi::Env env, Napi::Object exports);
  double share_value(double const* arguments);
  double attach_value(double const* arguments);
  double drop_value(double const* arguments);
  double assign_value(double const* arguments);
  double version_now(double const* arguments);
  double version_next(double const* arguments);
  double version_look(double const* arguments);
  double version_is(double const* arguments);
  double version_watch(double const* arguments);
  double version_wait(double const* arguments);
  double version_hold(double const* arguments);
  double version_release(double const* arguments);
  double version_forget(double const* arguments);
  double version_abandon(double const* arguments);
  void version_settle(Info const& info);
  void version_settle_bytes(Info const& info);
  Napi::Value version_bytes(Info const& info);
  Napi::Value version_meta(Info const& info);
  void version_array(Info const& info);

  // The same, about mapped files: map_calls.cc.
  void add_map_methods(Napi::Env env, Napi::Object exports);
  void map_file(Info const& info);
  Napi::Value take_map(Info const& info);
  double prefetch_file(double const* arguments);
  double is_cut(double const* arguments);
  double drop_map(double const* arguments);
  void release_map(std::shared_ptr<Mapping> mapping);

  // The same, about traces: trace_calls.cc.
  void add_trace_methods(Napi::Env env, Napi::Object exports);
  double start_trace(double const* arguments);
  double stop_trace(double const* arguments);
  Napi::Value trace(Info const& info);
  Napi::Value label(Info const& info);
  Napi::Value labels(Info const& info);

  // The same, about kernels of other libraries: kernel_calls.cc.
  Napi::Value load_kernels(Info const& info);
  void call_kernel(Info const& info);

  // The same, about kernels in JavaScript: script_calls.cc.
  void add_script_methods(Napi::Env env, Napi::Object exports);
  Napi::Value intern(Info const& info);
  Napi::Value interned(Info const& info);
  void open_scripts(Info const& info);
  double claim_seat(double const* arguments);
  double claimed_seats(double const* arguments);
  double unclaim_seat(double const* arguments);
  double load_module(double const* arguments);
  double call_script(double const* arguments);
  void call_script_with(Info const& info);
  void begin_script(std::string bytes);
  Napi::Value call_times(Info const& info);
  double reset_call_times(double const* arguments);
  double scripts_waiting(double const* arguments);
  double fail_waiting(double const* arguments);
  double scripts_left(double const* arguments);
  double next_script_round(double const* arguments);
  double close_within(double const* arguments);
  Napi::Value running_kernels(Info const& info);
  Napi::Value fault_bytes(Info const& info);
  Napi::Value open_isolate(Info const& info);
  void settle_job(Info const& info);
  void answer_bytes(Info const& info);
  Napi::Value job_bytes(Info const& info);
  Napi::Value task_fault(Info const& info);

  // The same, about frame graphs: frame_table.h has the others.
  void add_frame_methods(Napi::Env env, Napi::Object exports);
  Napi::Value frame_make(Info const& info);

  // The same, about waiting, and about ending what was asked for: waiting_calls.cc.
  void add_waiting_methods(Napi::Env env, Napi::Object exports);
  double timer(double const* arguments);
  double poll(double const* arguments);
  double make_event(double const* arguments);
  double event_descriptor(double const* arguments);
  double signal_event(double const* arguments);
  double wait_event(double const* arguments);
  double drop_event(double const* arguments);
  double make_completion(double const* arguments);
  double signal_completion(double const* arguments);
  Napi::Value completion_pointer(Info const& info);
  double arm(double const* arguments);
  double cancel(double const* arguments);
  double disarm(double const* arguments);
  Cell& expect(Runtime& runtime, double handle);
  void submit(Handle handle, std::shared_ptr<CellOperation> operation);
  std::shared_ptr<Canceller> canceller(Handle handle);

  // The same, those that are called for single values.
  double add_block(double const* arguments);
  double count_task(double const* arguments);
  double consume(double const* arguments);
  double evaluate(double const* arguments);
  double watch(double const* arguments);
  double wait(double const* arguments);
  double read(double const* arguments);

  double take_in(Result<std::unique_ptr<Runtime>>&& begun);
  Runtime& runtime(std::uint32_t id);
  Runtime& runtime(Napi::Value id);
  void tell_bytes();
  void deliver(Napi::Env env);
  void forget_quiet_runtimes();
  void tear_down();

  Napi::Env const env_;
  Bell bell_;
  Mailbox mailbox_;
  Postman postman_{mailbox_};
  ReturnedArrays returned_;  // Before the stream, whose cells still have some when it ends.
  Stream stream_;
  CellWaiter waiter_;
  SharedValues values_{postman_};  // After the mailbox, which it leaves.
  std::unordered_map<std::uint32_t, std::unique_ptr<Runtime>> runtimes_;
  std::unordered_map<std::uint32_t, std::shared_ptr<OpenFile>> files_;  // That JavaScript has.
  std::uint32_t next_file_ = 1;
  std::unordered_map<std::uint32_t, std::shared_ptr<EventDescriptor>> events_;  // The same.
  std::uint32_t next_event_ = 1;
  std::shared_ptr<MapTable> const maps_;
  FrameTable frames_{mailbox_};
  std::vector<LabelledKernel> kernels_;   // By their numbers.
  std::unique_ptr<IsolateSide> isolate_;  // Where this thread is one.
  Napi::Reference<Napi::Float64Array> script_words_owner_;
  double* script_words_ = nullptr;

  // What may be ended, by its handle; null before it has begun.
  std::unordered_map<Handle, std::shared_ptr<Cancellable>> armed_;
  std::unordered_map<std::uint32_t, std::unique_ptr<Runtime>> closed_;  // Until they are quiet.
  std::uint32_t next_runtime_ = 1;
  std::int64_t bytes_told_ = 0;  // What the collector knows of the stream's blocks.

  Pressure pressure_;  // Of our collector, which sees slots but not their elements.
  std::int64_t told_since_drop_ = 0;

  // Slots of arrays by their handles: empty when they were collected.
  std::unordered_map<Handle, Napi::Reference<Napi::Object>> guarded_;

  struct Lent {
    Napi::Reference<Napi::Uint8Array> elements;
    std::shared_ptr<Mapping> mapping;  // That they are in, or null: T1.
  };

  // Arrays whose elements JavaScript has made, with what keeps them; and the views of ours that it
  // has.
  std::unordered_map<ArrayData*, Lent> lent_;
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
