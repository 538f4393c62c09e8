// The functions about arrays that JavaScript calls: where their elements are, and who frees them.

#include <cstring>
#include <utility>

#include "base/check.h"
#include "napi/environment.h"
#include "runtime/array_task.h"
#include "runtime/pressure.h"

namespace heddle::napi {

namespace {

// A collection begins when it has been told of 64 MB more: a step of Pressure comes to that.
constexpr std::int64_t kWeight = 3;
static_assert(kWeight * Pressure::kStepMin > std::int64_t{64} << 20);

}  // namespace

ByteView bytes_of(Napi::Env env, Napi::Value value) {
  void* data = nullptr;
  std::size_t size = 0;
  // A Uint8Array, as lib makes of any: so its length is in bytes.
  CHECK(napi_get_typedarray_info(env, value, nullptr, &size, &data, nullptr, nullptr) == napi_ok);
  return {static_cast<std::byte*>(data), size};
}

Napi::Value copy_of(Napi::Env env, void const* bytes, std::size_t size) {
  void* data = nullptr;
  napi_value copy = nullptr;
  if (napi_create_arraybuffer(env, size, &data, &copy) != napi_ok) return {};
  if (size > 0) std::memcpy(data, bytes, size);
  return {env, copy};
}

Napi::Value copy_of(Napi::Env env, std::span<double const> numbers) {
  Napi::Value const copy = copy_of(env, numbers.data(), numbers.size_bytes());
  napi_value array = nullptr;
  bool const made = !copy.IsEmpty() &&
                    napi_create_typedarray(env, napi_float64_array, numbers.size(), copy, 0,
                                           &array) == napi_ok;
  return made ? Napi::Value(env, array) : Napi::Value();
}

void settle_array(Cell& cell, ArrayData* array) {
  CHECK(!cell.is_recorded());
  cell.value.array = array;
  cell.settle(Type::Array);
  cell.tell();
}

Napi::Value Environment::make_array(Info const& info) {
  ByteView const bytes = bytes_of(info.Env(), info[1]);
  ArrayData* const array = heddle::make_array(bytes.size);
  if (array == nullptr) return Napi::Boolean::New(info.Env(), false);
  if (bytes.size > 0) std::memcpy(array->data, bytes.data, bytes.size);
  settle_array(stream_.cell(info[0].As<Napi::Number>().Uint32Value()), array);
  count_array_bytes(std::int64_t(bytes.size));
  return Napi::Boolean::New(info.Env(), true);
}

void Environment::lend_array(Info const& info) {
  take_back_arrays();
  ByteView const bytes = bytes_of(info.Env(), info[1]);
  ArrayData* const array = borrow_array(bytes.data, bytes.size, returned_.inbox);
  lent_.emplace(array, Lent{Napi::Persistent(info[1].As<Napi::Uint8Array>()),
                            maps_->find_by_byte(bytes.data)});
  settle_array(stream_.cell(info[0].As<Napi::Number>().Uint32Value()), array);
}

void Environment::run_array(Info const& info) {
  take_back_arrays();
  auto words = info[2].As<Napi::Float64Array>();
  std::size_t const count = info[3].As<Napi::Number>().Uint32Value();
  CHECK(count <= words.ElementLength());
  ArrayRequest request = read_array_request({words.Data(), count});
  count_array_bytes(info[4].As<Napi::Number>().Int64Value());
  std::uint32_t const handle = info[1].As<Napi::Number>().Uint32Value();
  run_array_request(stream_, runtime(info[0]).home(), handle, std::move(request));
}

Napi::Value Environment::view_array(Info const& info) {
  Cell& held = stream_.cell(info[0].As<Napi::Number>().Uint32Value());
  CHECK(held.is_settled() && held.fault == nullptr && held.type() == Type::Array);
  ArrayData* const array = held.value.array;
  CHECK(array->lender == nullptr);  // JavaScript has that one.
  Napi::Env const env = info.Env();
  auto const known = viewed_.find(array);
  if (known != viewed_.end()) {
    Napi::Value const view = known->second.Value();
    if (!view.IsEmpty()) return view;
  }
  napi_value view = nullptr;
  auto const free = [](napi_env, void*, void* hint) { drop(static_cast<ArrayData*>(hint)); };
  napi_status const status = array->bytes == 0
                                 ? napi_no_external_buffers_allowed
                                 : napi_create_external_arraybuffer(env, array->data, array->bytes,
                                                                    free, heddle::hold(array),
                                                                    &view);
  if (status == napi_ok) {
    viewed_[array] = Napi::Weak(Napi::ArrayBuffer(env, view));
    return {env, view};
  }
  if (array->bytes > 0) drop(array);
  // Not every host allows memory that JavaScript has not allocated itself.
  return copy_of(env, array->data, array->bytes);
}

Napi::Value Environment::drop_array(Info const& info) {
  Handle const handle = info[0].As<Napi::Number>().Uint32Value();
  Cell& held = stream_.cell(handle);
  Maker* const maker = held.maker();
  bool const is_handed_over = maker != nullptr && !maker->part();
  bool const is_over = is_handed_over || held.is_told();
  if (is_handed_over) count_array_bytes(-info[1].As<Napi::Number>().Int64Value());
  if (is_over) {
    guarded_.erase(handle);
    if (!is_handed_over) drop_told(held);
  }
  return Napi::Boolean::New(info.Env(), is_over);
}

// Drops the array of a cell that all have read, unless that was done.
void Environment::drop_told(Cell& cell) {
  ArrayData* const array = cell.value.array;
  if (array == nullptr) return;
  viewed_.erase(array);
  if (array->lender == nullptr) count_array_bytes(-std::int64_t(array->bytes));
  cell.drop_array();
}

void Environment::guard_array(Info const& info) {
  Handle const handle = info[0].As<Napi::Number>().Uint32Value();
  guarded_.emplace(handle, Napi::Weak(info[1].As<Napi::Object>()));
}

// Its finalizers wait for the end of the turn, which a program that computes in a loop never sees;
// what it has collected can be asked for at any time.
void Environment::drop_collected_arrays() {
  std::erase_if(guarded_, [&](auto const& entry) {
    Cell& cell = stream_.cell(entry.first);
    if (!cell.is_told() || !entry.second.Value().IsEmpty()) return false;
    drop_told(cell);
    return true;
  });
}

void Environment::count_array_bytes(std::int64_t bytes) {
  std::int64_t const more = bytes < 0 ? pressure_.give_back(-bytes) : pressure_.take(bytes);
  if (more == 0) return;
  (void)Napi::MemoryManagement::AdjustExternalMemory(env_, kWeight * more);
  if (bytes < 0) return;
  told_since_drop_ += bytes;
  if (told_since_drop_ < Pressure::kStepMin) return;
  told_since_drop_ = 0;
  drop_collected_arrays();
}

void Environment::take_back_arrays() {
  Queue<ArrayData> returned = returned_.inbox.take();
  while (ArrayData* const array = returned.pop_front()) {
    lent_.erase(array);
    delete array;
  }
}

}  // namespace heddle::napi
