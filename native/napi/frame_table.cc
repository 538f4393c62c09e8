// Between lib's numbers and frame graphs.

#include "napi/frame_table.h"

#include <cstring>
#include <utility>

#include "base/check.h"
#include "napi/environment.h"
#include "napi/plain_call.h"

namespace heddle::napi {

namespace {

// How lib writes a plan, in words: NODE, STEP and SCRIPT in lib/layout.ts.
constexpr std::size_t kNodeWords = 5;
constexpr std::size_t kStepWords = 5;
constexpr std::uint32_t kScript = 1;
constexpr std::uint32_t kLate = 2;
constexpr std::uint32_t kDetachedFlag = 4;
enum ScriptWord : std::size_t { kKernel, kModule, kLane, kLabel, kNumbers };
// What became of a start: FrameStart in lib/layout.ts.
enum FrameStart { kShut = 0, kGoes = 1, kIsOver = 2 };

// Of an expression that is only an input, a scalar or a constant: streams have no kernel for that.
FaultCode copy(Value const& left, Value const&, Value& result) {
  result = left;
  return FaultCode::None;
}

FramePlan plan_of(Napi::Uint32Array nodes, Napi::Uint32Array lists, Napi::Float64Array registers,
                  std::size_t roots, std::size_t steps) {
  FramePlan plan;
  plan.nodes.resize(nodes.ElementLength() / kNodeWords);
  for (std::size_t i = 0; i < plan.nodes.size(); ++i) {
    FramePlan::Node& node = plan.nodes[i];
    node.kind = FramePlan::Kind(nodes[kNodeWords * i]);
    node.predecessors = nodes[kNodeWords * i + 2];
    node.first_successor = nodes[kNodeWords * i + 3];
    node.first_step = nodes[kNodeWords * i + 4];
  }
  std::size_t at = 0;
  for (std::size_t i = 0; i < roots; ++i) plan.roots.push_back(lists[at++]);
  for (std::size_t i = 0; i < steps; ++i, at += kStepWords) {
    auto const code = CommandCode(lists[at]);
    bool const is_copy = code == CommandCode::Constant;
    Kernel const kernel = is_copy ? copy : kernels().of[lists[at + 1]][lists[at]];
    CHECK(kernel != nullptr);
    plan.steps.push_back({kernel, code, lists[at + 2], lists[at + 3], lists[at + 4]});
  }
  while (at < lists.ElementLength()) plan.successors.push_back(lists[at++]);
  plan.registers.resize(registers.ElementLength() * sizeof(double) / sizeof(Value));
  if (!plan.registers.empty()) {
    std::memcpy(plan.registers.data(), registers.Data(), registers.ByteLength());
  }
  return plan;
}

std::vector<FrameNode> nodes_of(Napi::Uint32Array words) {
  std::vector<FrameNode> nodes;
  for (std::size_t at = 0; at < words.ElementLength(); at += kNodeWords) {
    std::uint32_t const flags = words[at + 1];
    nodes.push_back({(flags & kScript) != 0, (flags & kLate) != 0, (flags & kDetachedFlag) != 0});
  }
  return nodes;
}

std::uint32_t slot_of(double number) {
  return number < 0 ? FrameGraph::kDetached : std::uint32_t(number);
}

}  // namespace

FrameTable::~FrameTable() {
  heddle::drop(told_);
}

void FrameTable::add_methods(Napi::Env env, Napi::Object exports, Record*& record) {
  record_ = &record;
  using Self = FrameTable;
  add_plain_method<Self, &Self::start>(env, exports, "frameStart", this);
  add_plain_method<Self, &Self::take>(env, exports, "frameTake", this);
  add_plain_method<Self, &Self::finish>(env, exports, "frameFinish", this);
  add_plain_method<Self, &Self::go>(env, exports, "frameGo", this);
  add_plain_method<Self, &Self::fence>(env, exports, "frameFence", this);
  add_plain_method<Self, &Self::give_up>(env, exports, "frameGiveUp", this);
  add_plain_method<Self, &Self::stop>(env, exports, "frameStop", this);
  add_plain_method<Self, &Self::set_script>(env, exports, "frameScript", this);
  add_plain_method<Self, &Self::set_values>(env, exports, "frameValues", this);
  add_plain_method<Self, &Self::key>(env, exports, "frameKey", this);
  add_plain_method<Self, &Self::reset_registers>(env, exports, "frameReset", this);
  add_plain_method<Self, &Self::keep_registers>(env, exports, "frameKeep", this);
  add_plain_method<Self, &Self::set_register>(env, exports, "frameSetRegister", this);
  add_plain_method<Self, &Self::get_register>(env, exports, "frameGetRegister", this);
  add_plain_method<Self, &Self::failed>(env, exports, "frameFailed", this);
  add_plain_method<Self, &Self::detached_failed>(env, exports, "frameDetachedFailed", this);
  add_plain_method<Self, &Self::times>(env, exports, "frameTimes", this);
  add_plain_method<Self, &Self::drop>(env, exports, "frameDrop", this);
}

// (runtime, token, slots, nodes, lists, roots, steps, registers, words, active)
double FrameTable::make(Runtime& runtime, std::uint32_t token, Napi::CallbackInfo const& info) {
  auto const number = [&](std::size_t i) { return info[i].As<Napi::Number>().Uint32Value(); };
  auto const nodes = info[3].As<Napi::Uint32Array>();
  auto registers = info[7].As<Napi::Float64Array>();
  FramePlan plan = plan_of(nodes, info[4].As<Napi::Uint32Array>(), registers, number(5), number(6));
  auto words = info[8].As<Napi::Float64Array>();
  auto active = info[9].As<Napi::Uint8Array>();
  CHECK(active.ElementLength() >= plan.size());
  CHECK(words.ElementLength() >= kAgainValuesMax + 2 * plan.size() + 2);
  auto graph = std::make_shared<FrameGraph>(runtime, mailbox_, token, std::move(plan),
                                            nodes_of(nodes), number(2));
  runtime.crew().scripts().add(graph);
  entries_.emplace(next_, Entry{std::move(graph), Napi::Persistent(words), Napi::Persistent(active),
                                Napi::Persistent(registers), words.Data(), words.ElementLength(),
                                active.Data(), registers.Data()});
  return next_++;
}

// (graph, slot, node, bytes)
void FrameTable::bind(Napi::CallbackInfo const& info) {
  auto const number = [&](std::size_t i) { return info[i].As<Napi::Number>().DoubleValue(); };
  auto const bytes = info[3].As<Napi::Uint8Array>();
  auto const* const data = reinterpret_cast<char const*>(bytes.Data());
  entry(number(0)).graph->rebind(slot_of(number(1)), std::uint32_t(number(2)),
                                 std::string(data, bytes.ByteLength()));
}

// (graph, slot, whether it may end here)
double FrameTable::start(double const* arguments) {
  Entry& of = entry(arguments[0]);
  if (of.graph->is_shut()) return kShut;
  bool const is_over = of.graph->start(std::uint32_t(arguments[1]), of.active, arguments[2] != 0);
  return is_over ? kIsOver : kGoes;
}

double FrameTable::take(double const* arguments) {
  Entry& of = entry(arguments[0]);
  FrameEvent event{};
  if (!of.graph->take_event(event)) return 0;
  of.words[0] = double(std::uint32_t(event.what));
  of.words[1] = event.slot == FrameGraph::kDetached ? -1 : event.slot;
  of.words[2] = event.node;
  return 1;
}

double FrameTable::finish(double const* arguments) {
  FrameGraph& graph = *entry(arguments[0]).graph;
  auto const node = std::uint32_t(arguments[2]);
  return graph.finish(slot_of(arguments[1]), node, arguments[3] != 0) ? 1 : 0;
}

double FrameTable::go(double const* arguments) {
  Entry& of = entry(arguments[0]);
  if (of.graph->is_shut()) return 0;
  of.graph->go(slot_of(arguments[1]), std::uint32_t(arguments[2]));
  return 1;
}

double FrameTable::fence(double const* arguments) {
  Entry& of = entry(arguments[0]);
  if (of.graph->is_shut()) return 0;
  of.graph->finish_when_readable(slot_of(arguments[1]), std::uint32_t(arguments[2]),
                                 int(arguments[3]));
  return 1;
}

double FrameTable::give_up(double const* arguments) {
  entry(arguments[0]).graph->give_up(slot_of(arguments[1]), std::uint32_t(arguments[2]));
  return 0;
}

double FrameTable::stop(double const* arguments) {
  entry(arguments[0]).graph->stop(slot_of(arguments[1]));
  return 0;
}

double FrameTable::set_script(double const* arguments) {
  Entry& of = entry(arguments[0]);
  ScriptRequest& request = of.graph->request(slot_of(arguments[1]), std::uint32_t(arguments[2]));
  request.kernel = std::uint32_t(of.words[kKernel]);
  request.module = std::uint32_t(of.words[kModule]);
  request.lane = Lane(std::uint32_t(of.words[kLane]));
  request.label = std::uint32_t(of.words[kLabel]);
  std::memcpy(request.numbers, of.words + kNumbers, sizeof(request.numbers));
  return 0;
}

double FrameTable::set_values(double const* arguments) {
  Entry& of = entry(arguments[0]);
  of.graph->set_values(slot_of(arguments[1]), std::uint32_t(arguments[2]),
                       {of.words, std::size_t(arguments[3])});
  return 0;
}

double FrameTable::key(double const* arguments) {
  return double(entry(arguments[0]).graph->key(slot_of(arguments[1]), std::uint32_t(arguments[2])));
}

double FrameTable::reset_registers(double const* arguments) {
  Entry& of = entry(arguments[0]);
  std::span<Value> const registers = of.graph->registers(slot_of(arguments[1]));
  std::memcpy(registers.data(), of.registers, registers.size_bytes());
  return 0;
}

double FrameTable::keep_registers(double const* arguments) {
  entry(arguments[0]).graph->keep_registers(slot_of(arguments[1]));
  return 0;
}

double FrameTable::set_register(double const* arguments) {
  Entry& of = entry(arguments[0]);
  Value& value = of.graph->registers(slot_of(arguments[1]))[std::size_t(arguments[2])];
  std::memcpy(&value, of.words, sizeof(value));
  return 0;
}

double FrameTable::get_register(double const* arguments) {
  Entry& of = entry(arguments[0]);
  FrameGraph& graph = *of.graph;
  std::span<Value const> const registers = arguments[1] < 0
                                               ? graph.kept()
                                               : graph.registers(slot_of(arguments[1]));
  Value const& value = registers[std::size_t(arguments[2])];
  std::memcpy(of.words, &value, sizeof(value));
  return 0;
}

// The node that has failed first, or -1: and then why, in a record, or nothing if lib has said so.
double FrameTable::failed(double const* arguments) {
  FrameGraph& graph = *entry(arguments[0]).graph;
  std::uint32_t const slot = slot_of(arguments[1]);
  (void)tell_fault(graph.take_fault(slot));
  std::uint32_t const node = graph.failed_node(slot);
  return node == FrameRun::kNone ? -1 : node;
}

double FrameTable::detached_failed(double const* arguments) {
  return tell_fault(entry(arguments[0]).graph->take_detached_fault(std::uint32_t(arguments[1])));
}

double FrameTable::tell_fault(Fault* fault) {
  Record& record = **record_;
  record = Record{};
  // What it says of a kernel's error lib reads from the fault.
  heddle::drop(std::exchange(told_, fault));
  if (fault == nullptr) return 0;
  describe(Value{}, fault, record);
  return 1;
}

// Begin and end of each node in milliseconds, or 0, and of the frame.
double FrameTable::times(double const* arguments) {
  Entry& of = entry(arguments[0]);
  double* to = of.words;
  // Most are 0 where most nodes are values.
  for (std::uint64_t const ns : of.graph->times(slot_of(arguments[1]))) {
    *to++ = ns == 0 ? 0 : double(ns) / 1e6;
  }
  return 0;
}

double FrameTable::drop(double const* arguments) {
  auto const node = entries_.extract(std::uint32_t(arguments[0]));
  if (node.empty()) return 0;
  node.mapped().graph->shut();
  node.mapped().graph->give_up_all();
  return 0;
}

void Environment::add_frame_methods(Napi::Env env, Napi::Object exports) {
  auto const make = [this](Info const& info) { return frame_make(info); };
  auto const bind = [this](Info const& info) { frames_.bind(info); };
  exports.Set("frameMake", Napi::Function::New(env, make, "frameMake"));
  exports.Set("frameBind", Napi::Function::New(env, bind, "frameBind"));
  frames_.add_methods(env, exports, records_);
}

Napi::Value Environment::frame_make(Info const& info) {
  double const number = frames_.make(runtime(info[0]), to_uint32(info[1]), info);
  return Napi::Number::New(info.Env(), number);
}

}  // namespace heddle::napi
