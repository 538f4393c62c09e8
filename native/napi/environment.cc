// An environment's life: setting up, delivering, tearing down.

#include "napi/environment.h"

#include <unistd.h>

#include "base/check.h"
#include "base/membarrier.h"
#include "napi/isolate.h"
#include "napi/plain_call.h"

namespace heddle::napi {

namespace {

// A collection begins when it has been told of 64 MB; it should at half of that.
constexpr std::size_t kWeight = 2;

// Of what other threads' workers still have of ours when we end.
constexpr useconds_t kLookAgainUs = 100;

constexpr int kBatchesMax = 64;  // Deliveries in one turn, before the event loop has another.

}  // namespace

Environment::Environment(Napi::Env env, Napi::Object exports)
    : env_(env),
      bell_(Bell::New(env, "heddle", /*maxQueueSize=*/0, /*initialThreadCount=*/1, this)),
      mailbox_(
          [](void* self) {
            // Full or closing: the owner is on its way, or gone. Nothing is lost either way.
            (void)static_cast<Environment*>(self)->bell_.NonBlockingCall();
          },
          this),
      stream_(kernels()),
      maps_(std::make_shared<MapTable>(env, [this](std::shared_ptr<Mapping> mapping) {
        release_map(std::move(mapping));
      })) {
  bell_.Unref(env);  // J2
  membarrier_register_ahead();
  DefineAddon(exports, {
                           InstanceMethod("open", &Environment::open),
                           InstanceMethod("layout", &Environment::layout),
                           InstanceMethod("taskLayout", &Environment::task_layout),
                           InstanceMethod("start", &Environment::start),
                           InstanceMethod("key", &Environment::key),
                           InstanceMethod("attach", &Environment::attach),
                           InstanceMethod("describe", &Environment::describe_crew),
                           InstanceMethod("isOpen", &Environment::is_open),
                           InstanceMethod("backend", &Environment::backend),
                           InstanceMethod("reason", &Environment::reason),
                           InstanceMethod("stats", &Environment::stats),
                           InstanceMethod("trace", &Environment::trace),
                           InstanceMethod("label", &Environment::label),
                           InstanceMethod("labels", &Environment::labels),
                           InstanceMethod("close", &Environment::close),
                           InstanceMethod("takeBytes", &Environment::take_bytes),
                           InstanceMethod("takeSmall", &Environment::take_bytes),
                           InstanceMethod("makeArray", &Environment::make_array),
                           InstanceMethod("lendArray", &Environment::lend_array),
                           InstanceMethod("runArray", &Environment::run_array),
                           InstanceMethod("viewArray", &Environment::view_array),
                           InstanceMethod("dropArray", &Environment::drop_array),
                           InstanceMethod("guardArray", &Environment::guard_array),
                           InstanceMethod("readFile", &Environment::read_file),
                           InstanceMethod("fileCall", &Environment::file_call),
                           InstanceMethod("openFile", &Environment::open_file),
                           InstanceMethod("takeFile", &Environment::take_file),
                           InstanceMethod("descriptorCall", &Environment::descriptor_call),
                           InstanceMethod("writeAt", &Environment::write_at),
                           InstanceMethod("copyBytes", &Environment::copy_bytes),
                           InstanceMethod("dropFile", &Environment::drop_file),
                           InstanceMethod("completionPointer", &Environment::completion_pointer),
                           InstanceMethod("mapFile", &Environment::map_file),
                           InstanceMethod("takeMap", &Environment::take_map),
                           InstanceMethod("loadKernels", &Environment::load_kernels),
                           InstanceMethod("callKernel", &Environment::call_kernel),
                           InstanceMethod("digest", &Environment::digest),
                           InstanceMethod("drained", &Environment::drained),
                           InstanceMethod("waitDrained", &Environment::wait_drained),
                           InstanceMethod("hold", &Environment::hold),
                           InstanceMethod("hash", &Environment::hash),
                           InstanceMethod("versionSettle", &Environment::version_settle),
                           InstanceMethod("versionSettleBytes", &Environment::version_settle_bytes),
                           InstanceMethod("versionBytes", &Environment::version_bytes),
                           InstanceMethod("versionMeta", &Environment::version_meta),
                           InstanceMethod("versionArray", &Environment::version_array),
                       });
  add_plain_method<Environment, &Environment::add_block>(env, exports, "addBlock", this);
  add_plain_method<Environment, &Environment::consume>(env, exports, "consume", this);
  add_plain_method<Environment, &Environment::evaluate>(env, exports, "evaluate", this);
  add_plain_method<Environment, &Environment::watch>(env, exports, "watch", this);
  add_plain_method<Environment, &Environment::wait>(env, exports, "wait", this);
  add_plain_method<Environment, &Environment::read>(env, exports, "read", this);
  add_method(env, exports, "readNow", read_now, this);
  add_plain_method<Environment, &Environment::read_at>(env, exports, "readAt", this);
  add_plain_method<Environment, &Environment::count_task>(env, exports, "countTask", this);
  add_value_methods(env, exports);
  add_map_methods(env, exports);
  add_script_methods(env, exports);
  add_trace_methods(env, exports);
  add_waiting_methods(env, exports);
  add_frame_methods(env, exports);
  env.AddCleanupHook([](Environment* self) { self->tear_down(); }, this);  // J3
}

Environment::~Environment() {
  maps_->take_release_away();
}

void Environment::open(Info const& info) {
  auto records = info[0].As<Napi::Uint8Array>();
  auto commands = info[1].As<Napi::Uint8Array>();
  records_owner_ = Napi::Persistent(records);
  commands_owner_ = Napi::Persistent(commands);
  deliver_ = Napi::Persistent(info[2].As<Napi::Function>());
  records_ = reinterpret_cast<Record*>(records.Data());
  records_capacity_ = std::uint32_t(records.ByteLength() / sizeof(Record));
  commands_ = reinterpret_cast<Command const*>(commands.Data());
  commands_capacity_ = std::uint32_t(commands.ByteLength() / sizeof(Command));
  CHECK(records_capacity_ > 0 && commands_capacity_ > 0);
  CHECK(mailbox_.doze());
}

void Environment::ring(Napi::Env env, Napi::Function, Environment* self, void*) {
  if (env == nullptr) return;  // Draining at teardown: J3.
  Napi::HandleScope scope(env);
  self->deliver(env);
}

void Environment::deliver(Napi::Env env) {
  for (int batch = 0; batch < kBatchesMax; ++batch) {
    std::uint32_t const count = mailbox_.deliver(records_, records_capacity_);
    if (count == 0) {
      if (mailbox_.doze()) return;
      continue;
    }
    deliver_.Call({Napi::Number::New(env, count)});
    if (env.IsExceptionPending()) break;
  }
  (void)bell_.NonBlockingCall();  // J4, and letters that keep coming.
}

void Environment::forget_quiet_runtimes() {
  stream_.free_retired();
  std::erase_if(closed_, [](auto const& entry) { return entry.second->is_quiet(); });
}

// So that dropped values are collected in time: to it, a block is but a small object.
void Environment::tell_bytes() {
  auto const bytes = std::int64_t(kWeight * stream_.bytes());
  Napi::MemoryManagement::AdjustExternalMemory(env_, bytes - bytes_told_);
  bytes_told_ = bytes;
}

// J3.
void Environment::tear_down() {
  mailbox_.shut();
  for (auto& [id, runtime] : runtimes_) runtime->close();
  closed_.merge(runtimes_);
  for (forget_quiet_runtimes(); !closed_.empty(); forget_quiet_runtimes()) usleep(kLookAgainUs);
  bell_.Abort();
}

}  // namespace heddle::napi
