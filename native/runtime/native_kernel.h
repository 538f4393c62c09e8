#pragma once
// Libraries of kernels, and calls of them for JavaScript.

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "heddle/kernel.h"
#include "runtime/runtime.h"

namespace heddle {

class Canceller;

// Loads a library, for good: nobody knows when the last of its functions has returned. An error is
// a text.
struct LoadedKernels {
  heddle_library const* library = nullptr;  // Null: `error` says why
  std::string error;
};
LoadedKernels load_kernels(std::string const& path);

inline std::span<heddle_named_kernel const> kernels_of(heddle_library const& library) {
  return {library.kernels, library.count};
}

// With its name for traces.
struct LabelledKernel {
  heddle_kernel call;
  std::uint32_t label;
};

struct KernelRequest {
  heddle_kernel kernel = nullptr;
  std::uint32_t label = 0;
  std::vector<double> numbers;
  std::vector<heddle_array> arrays;  // Memory that is there until the cell is settled
  Lane lane = Lane::Normal;
  StackClass stack = StackClass::Normal;
  std::shared_ptr<Canceller> canceller;  // Or null
};

// Calls a kernel. `cell`, which Stream::expect() has prepared as Bytes, then holds two doubles: its
// result, and the errno that it has returned. Any thread.
void call_kernel(Runtime& runtime, Cell& cell, KernelRequest request);

}  // namespace heddle
