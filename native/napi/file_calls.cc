// The functions about files that JavaScript calls.

#include <cstring>
#include <string>
#include <utility>

#include "base/check.h"
#include "napi/environment.h"
#include "runtime/file_call.h"
#include "runtime/open_file.h"
#include "runtime/transfer.h"

namespace heddle::napi {

std::uint32_t to_uint32(Napi::Value value) {
  return value.As<Napi::Number>().Uint32Value();
}

std::string to_bytes(Napi::Value value) {
  auto array = value.As<Napi::Uint8Array>();
  return {reinterpret_cast<char const*>(array.Data()), array.ByteLength()};
}

Napi::Value Environment::take_bytes(Info const& info) {
  Cell& held = stream_.cell(to_uint32(info[0]));
  CHECK(held.is_settled() && held.type() == Type::Bytes && held.value.blob != nullptr);
  Blob* const blob = std::exchange(held.value.blob, nullptr);
  if (blob->data == nullptr) {  // A file was too large to be read like that.
    napi_value expected = nullptr;
    napi_create_double(info.Env(), double(blob->size), &expected);
    free_blob(blob);
    return {info.Env(), expected};
  }
  // A copy: memory that JavaScript has not allocated itself cannot be transferred.
  Napi::Value const buffer = copy_of(info.Env(), blob->data, blob->size);
  free_blob(blob);
  return buffer;
}

void Environment::read_file(Info const& info) {
  Runtime& reader = runtime(info[0]);
  ReadRequest request;
  request.path = to_bytes(info[2]);
  request.progress = to_uint32(info[3]);
  request.canceller = canceller(to_uint32(info[1]));
  request.mode = ReadMode(to_uint32(info[4]));
  if (info[5].IsTypedArray()) {
    ByteView const into = bytes_of(info.Env(), info[5]);
    bool const is_direct = request.mode >= ReadMode::Into;
    if (is_direct) request.into = {into.data, into.size};
    // What will be copied there is to fit.
    if (!is_direct) request.bytes_max = std::min(into.size, kReadFileBytesMax);
  }
  Cell& result = stream_.expect(reader.home(), to_uint32(info[1]), Type::Bytes);
  reader.read_file(result, mailbox_, std::move(request));
}

void Environment::file_call(Info const& info) {
  Runtime& runtime = this->runtime(info[0]);
  FileCallRequest request;
  std::uint32_t const code = to_uint32(info[2]);
  CHECK(code < kFileCallCount);
  request.code = FileCallCode(code);
  request.flags = int(to_uint32(info[3]));
  request.mode = to_uint32(info[4]);
  request.canceller = canceller(to_uint32(info[1]));
  std::string const paths = to_bytes(info[5]);
  request.path = paths.c_str();
  if (request.path.size() + 1 < paths.size()) request.second = &paths[request.path.size() + 1];
  if (info[6].IsTypedArray()) {
    ByteView const bytes = bytes_of(info.Env(), info[6]);
    request.bytes.assign(bytes.data, bytes.data + bytes.size);
  }
  Cell& result = stream_.expect(runtime.home(), to_uint32(info[1]), Type::Bytes);
  make_file_call(runtime, result, std::move(request));
}

void Environment::open_file(Info const& info) {
  Runtime& runtime = this->runtime(info[0]);
  Cell& result = stream_.expect(runtime.home(), to_uint32(info[1]), Type::Bytes);
  std::string const path = to_bytes(info[2]);
  heddle::open_file(runtime, result, path.c_str(), int(to_uint32(info[3])), to_uint32(info[4]),
                    canceller(to_uint32(info[1])));
}

// Its number here, and its descriptor.
Napi::Value Environment::take_file(Info const& info) {
  auto file = take_open_file(stream_.cell(to_uint32(info[0])));
  double const both[] = {double(next_file_), double(file->fd())};
  files_.emplace(next_file_++, std::move(file));
  return copy_of(info.Env(), both);
}

// False: the file is closed, or being closed.
Napi::Value Environment::descriptor_call(Info const& info) {
  Runtime& runtime = this->runtime(info[0]);
  DescriptorRequest request;
  std::uint32_t const code = to_uint32(info[2]);
  CHECK(code < kDescriptorCallCount);
  request.code = DescriptorCall(code);
  auto const found = files_.find(to_uint32(info[3]));
  if (found == files_.end()) return Napi::Boolean::New(info.Env(), false);
  request.file = found->second;
  if (request.code == DescriptorCall::Close) {
    files_.erase(found);
  } else if (!request.file->enter()) {
    return Napi::Boolean::New(info.Env(), false);
  }
  request.position = info[4].As<Napi::Number>().Int64Value();
  request.canceller = canceller(to_uint32(info[1]));
  Cell& result = stream_.expect(runtime.home(), to_uint32(info[1]), Type::Bytes);
  make_descriptor_call(runtime, result, std::move(request));
  return Napi::Boolean::New(info.Env(), true);
}

// Null: it is closed, or being closed.
std::shared_ptr<OpenFile> const* Environment::enter_file(std::uint32_t number) {
  auto const found = files_.find(number);
  if (found == files_.end() || !found->second->enter()) return nullptr;
  return &found->second;
}

// 0: the file is closed, or being closed.
double Environment::read_at(double const* arguments) {
  auto const* const file = enter_file(std::uint32_t(arguments[2]));
  if (file == nullptr) return 0;
  Runtime& runtime = this->runtime(std::uint32_t(arguments[0]));
  Place place{*file, std::int64_t(arguments[3]), std::size_t(arguments[4])};
  PooledBuffer buffer = PooledBuffer::take(place.length);
  transfer<ReadTransfer>(runtime, Handle(arguments[1]), std::move(place), std::move(buffer));
  return 1;
}

// The same.
Napi::Value Environment::write_at(Info const& info) {
  auto const* const file = enter_file(to_uint32(info[2]));
  if (file == nullptr) return Napi::Number::New(info.Env(), 0);
  ByteView const bytes = bytes_of(info.Env(), info[4]);
  Place place{*file, info[3].As<Napi::Number>().Int64Value(), bytes.size};
  PooledBuffer buffer = PooledBuffer::take(bytes.size);
  if (!buffer.is_empty() && bytes.size > 0) std::memcpy(buffer.data(), bytes.data, bytes.size);
  transfer<WriteTransfer>(runtime(info[0]), to_uint32(info[1]), std::move(place),
                          std::move(buffer));
  return Napi::Number::New(info.Env(), 1);
}

template <class Transfer>
void Environment::transfer(Runtime& runtime, Handle handle, Place place, PooledBuffer buffer) {
  Cell& cell = stream_.expect(runtime.home(), handle, Type::Bytes);
  if (buffer.is_empty()) {
    place.file->leave();
    cell.fault = make_system_fault(ENOMEM, Call::Read);
    return settle_outside(cell);
  }
  submit(handle, std::make_shared<Transfer>(runtime, cell, std::move(place), std::move(buffer)));
}

// By raw Node-API, as in plain_call.h: this is called for every 4 KiB.
napi_value Environment::read_now(napi_env env, napi_callback_info info) {
  std::size_t count = 6;
  napi_value values[6];
  void* self = nullptr;
  napi_get_cb_info(env, info, &count, values, nullptr, &self);
  double numbers[5] = {};
  for (std::size_t i = 0; i < 5; ++i) napi_get_value_double(env, values[i], &numbers[i]);
  auto& environment = *static_cast<Environment*>(self);
  CachedRead read;
  if (auto const* const file = environment.enter_file(std::uint32_t(numbers[1]))) {
    ByteView const to = bytes_of(env, {env, values[5]});
    auto const offset = std::size_t(numbers[3]);
    auto const length = std::size_t(numbers[4]);
    CHECK(offset + length <= to.size);
    read = read_cached(environment.runtime(std::uint32_t(numbers[0])), **file, to.data + offset,
                       length, std::int64_t(numbers[2]));
    (*file)->leave();
  }
  double const bytes = double(read.bytes);
  napi_value result = nullptr;
  napi_create_double(env, read.is_all ? bytes : -1 - bytes, &result);
  return result;
}

// As many as were read and fit. What was read into memory of JavaScript's is there already.
Napi::Value Environment::copy_bytes(Info const& info) {
  Cell& held = stream_.cell(to_uint32(info[0]));
  CHECK(held.is_settled() && held.type() == Type::Bytes && held.value.blob != nullptr);
  Blob* const blob = std::exchange(held.value.blob, nullptr);
  ByteView const to = bytes_of(info.Env(), info[1]);
  std::size_t const count = std::min(to.size, blob->size);
  if (count > 0 && blob->data != nullptr) std::memcpy(to.data, blob->data, count);
  free_blob(blob);
  return Napi::Number::New(info.Env(), double(count));
}

// Nobody in JavaScript has it any more.
void Environment::drop_file(Info const& info) {
  files_.erase(to_uint32(info[0]));
}

}  // namespace heddle::napi
