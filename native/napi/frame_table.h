#pragma once
// The frame graphs of one JavaScript thread, by number, and what lib calls about them; the
// functions of lib/native-api.ts, which documents them.

#include <napi.h>

#include <cstdint>
#include <memory>
#include <unordered_map>

#include "runtime/frame_graph.h"

namespace heddle::napi {

class FrameTable {
 public:
  // Failures are described in `record`.
  explicit FrameTable(Mailbox& mailbox) : mailbox_(mailbox) {}
  ~FrameTable();
  FrameTable(FrameTable const&) = delete;
  FrameTable& operator=(FrameTable const&) = delete;

  void add_methods(Napi::Env env, Napi::Object exports, Record*& record);

  // What its caller has read of the arguments.
  double make(Runtime& runtime, std::uint32_t token, Napi::CallbackInfo const& info);
  void bind(Napi::CallbackInfo const& info);

 private:
  struct Entry {
    std::shared_ptr<FrameGraph> graph;
    Napi::Reference<Napi::Float64Array> words_owner;
    Napi::Reference<Napi::Uint8Array> active_owner;
    Napi::Reference<Napi::Float64Array> registers_owner;
    double* words;
    std::size_t words_count;
    std::uint8_t const* active;
    double const* registers;  // As frames begin with them: lib changes those that are inputs.
  };

  double start(double const* arguments);
  double take(double const* arguments);
  double finish(double const* arguments);
  double go(double const* arguments);
  double fence(double const* arguments);
  double give_up(double const* arguments);
  double stop(double const* arguments);
  double set_script(double const* arguments);
  double set_values(double const* arguments);
  double key(double const* arguments);
  double reset_registers(double const* arguments);
  double keep_registers(double const* arguments);
  double set_register(double const* arguments);
  double get_register(double const* arguments);
  double failed(double const* arguments);
  double detached_failed(double const* arguments);
  double times(double const* arguments);
  double drop(double const* arguments);

  Entry& entry(double number) { return entries_.at(std::uint32_t(number)); }
  double tell_fault(Fault* fault);

  Mailbox& mailbox_;
  Record** record_ = nullptr;
  Fault* told_ = nullptr;  // That the record describes.
  std::unordered_map<std::uint32_t, Entry> entries_;
  std::uint32_t next_ = 1;
};

}  // namespace heddle::napi
