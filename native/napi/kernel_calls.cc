// The functions about kernels of other libraries that JavaScript calls.

#include "napi/environment.h"
#include "runtime/native_kernel.h"

namespace heddle::napi {

// Why not, or the number of the first one, and all names.
Napi::Value Environment::load_kernels(Info const& info) {
  std::string const bytes = to_bytes(info[0]);
  LoadedKernels const loaded = heddle::load_kernels(bytes.c_str());
  if (loaded.library == nullptr) return Napi::String::New(info.Env(), loaded.error);
  auto result = Napi::Array::New(info.Env());
  std::uint32_t count = 0;
  result[count++] = Napi::Number::New(info.Env(), double(kernels_.size()));
  for (heddle_named_kernel const& each : kernels_of(*loaded.library)) {
    result[count++] = Napi::String::New(info.Env(), each.name);
    kernels_.push_back({each.kernel, label_of(each.name)});
  }
  return result;
}

void Environment::call_kernel(Info const& info) {
  Runtime& runtime = this->runtime(info[0]);
  Handle const handle = to_uint32(info[1]);
  KernelRequest request;
  auto const [kernel, label] = kernels_.at(to_uint32(info[2]));
  request.kernel = kernel;
  request.label = label;
  auto const numbers = info[3].As<Napi::Float64Array>();
  request.numbers.assign(numbers.Data(), numbers.Data() + numbers.ElementLength());
  request.lane = Lane(to_uint32(info[4]));
  request.stack = StackClass(to_uint32(info[5]));
  // Not in one array: a thread that is being ended cannot look into it any more.
  for (std::size_t i = 6; i < info.Length(); ++i) {
    ByteView const bytes = bytes_of(info.Env(), info[i]);
    request.arrays.push_back({bytes.data, bytes.size});
  }
  request.canceller = canceller(handle);
  Cell& result = stream_.expect(runtime.home(), handle, Type::Bytes);
  heddle::call_kernel(runtime, result, std::move(request));
}

}  // namespace heddle::napi
