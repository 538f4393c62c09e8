// dlopen(3), and one job a call.

#include "runtime/native_kernel.h"

#include <dlfcn.h>

#include <cerrno>
#include <cstdlib>
#include <utility>

#include "runtime/cell_job.h"
#include "runtime/kernel_task.h"

namespace heddle {

LoadedKernels load_kernels(std::string const& path) {
  // Without a slash it would be looked for elsewhere.
  std::string const name = path.find('/') == std::string::npos ? "./" + path : path;
  void* const loaded = dlopen(name.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (loaded == nullptr) return {nullptr, dlerror()};
  using GetLibrary = heddle_library const* (*)();
  auto const get = reinterpret_cast<GetLibrary>(dlsym(loaded, "heddle_get_library"));
  if (get == nullptr) return {nullptr, path + ": it has no HEDDLE_KERNELS"};
  heddle_library const* const library = get();
  if (library->abi != HEDDLE_KERNEL_ABI) {
    std::string const abi = std::to_string(library->abi);
    return {nullptr, path + ": it was built for version " + abi + " of heddle/kernel.h, not " +
                         std::to_string(HEDDLE_KERNEL_ABI)};
  }
  for (heddle_named_kernel const& each : kernels_of(*library)) {
    bool const is_whole = each.name != nullptr && each.kernel != nullptr;
    if (!is_whole) return {nullptr, path + ": a kernel of it has no name or no function"};
  }
  return {library, {}};
}

namespace {

class KernelJob : public CellJobOf<KernelJob> {
 public:
  static constexpr char kName[] = "kernel";

  KernelJob(Runtime& runtime, Cell& cell, KernelRequest request)
      : CellJobOf(runtime, cell, std::move(request.canceller), request.lane, request.stack),
        closing_(runtime.closing()),
        request_(std::move(request)) {
    label = request_.label;
  }

  Result<void> call(Blob*& result) {
    heddle_call call{request_.numbers.size(), request_.numbers.data(), request_.arrays.size(),
                     request_.arrays.data(), 0};
    NativeCall of{io_, closing_, canceller()};
    int const error = run_kernel(request_.kernel, call, of, request_.lane);
    if (error == ECANCELED && of.is_cancelled()) return Errno{ECANCELED};
    auto* const both = static_cast<double*>(std::malloc(2 * sizeof(double)));
    if (both == nullptr) return Errno{ENOMEM};
    both[0] = call.result;
    both[1] = error;
    result = new Blob{reinterpret_cast<std::byte*>(both), 2 * sizeof(double)};
    return {};
  }

 private:
  Atomic<bool> const& closing_;
  KernelRequest const request_;
};

}  // namespace

void call_kernel(Runtime& runtime, Cell& cell, KernelRequest request) {
  KernelJob::submit(std::make_unique<KernelJob>(runtime, cell, std::move(request)));
}

}  // namespace heddle
