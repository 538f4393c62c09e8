// Unit: an operation whose root is cancelled says so, and leaves the rest of its work.

#include <functional>
#include <thread>

#include "kernels/array/elementwise.h"
#include "kernels/array/matmul.h"
#include "kernels/array/reduce.h"
#include "kernels/array/scan.h"
#include "kernels/array/slice.h"
#include "kernels/array/sort.h"
#include "kernels/arrays.h"

using namespace heddle;
using namespace heddle::test;

namespace {

constexpr std::size_t kSide = 512;
constexpr std::size_t kSmallSide = 8;  // For one worker at one go.

// Arrays that every operation can work on.
struct Arrays {
  explicit Arrays(std::size_t side)
      : a(Dtype::F64, {side, side}, 1),
        b(Dtype::F64, {side, side}, 2),
        condition(Dtype::U8, {side, side}, 3),
        out(Dtype::F64, {side, side}) {}

  Array a, b, condition, out;
  double number = 0;
};

struct Operation {
  char const* name;
  std::function<Status(KernelContext, Arrays&)> run;
};

std::vector<Operation> operations() {
  return {
      {"unary",
       [](KernelContext t, Arrays& x) { return unary(t, UnaryOp::Exp, x.a.view(), x.out.view()); }},
      {"binary",
       [](KernelContext t, Arrays& x) {
         return binary(t, BinaryOp::Add, x.a.view(), x.b.view(), x.out.view());
       }},
      {"multiply_add",
       [](KernelContext t, Arrays& x) {
         return multiply_add(t, x.a.view(), x.b.view(), x.a.view(), x.out.view());
       }},
      {"where",
       [](KernelContext t, Arrays& x) {
         return where(t, x.condition.view(), x.a.view(), x.b.view(), x.out.view());
       }},
      {"sum", [](KernelContext t,
                 Arrays& x) { return array::reduce(t, ReduceOp::Sum, x.a.view(), x.number); }},
      {"argmax",
       [](KernelContext t, Arrays& x) {
         return array::reduce(t, ReduceOp::ArgMax, x.a.view(), x.number);
       }},
      {"dot", [](KernelContext t, Arrays& x) { return dot(t, x.a.view(), x.b.view(), x.number); }},
      {"scan", [](KernelContext t, Arrays& x) { return scan(t, x.a.view(), x.out.view()); }},
      {"sort", [](KernelContext t, Arrays& x) { return sort(t, x.a.view(), x.out.view()); }},
      {"slice", [](KernelContext t, Arrays& x) { return slice(t, x.a.view(), {}, x.out.view()); }},
      {"matmul",
       [](KernelContext t, Arrays& x) { return matmul(t, x.a.view(), x.b.view(), x.out.view()); }},
  };
}

void nothing_is_done_for_a_cancelled_root(Scheduler& scheduler, Operation const& operation) {
  Arrays arrays(kSide), small(kSmallSide);
  for (std::size_t i = 0; i < arrays.out.size(); ++i) arrays.out.set(i, -77);
  Atomic<bool> const cancel{true};
  auto const root = [&](KernelContext t) { return operation.run(t, arrays); };
  CHECK(run(scheduler, root, {.cancel = &cancel}) == Status::Cancelled);
  CHECK(arrays.out[arrays.out.size() - 1] == -77);
  auto const small_root = [&](KernelContext t) { return operation.run(t, small); };
  CHECK(run(scheduler, small_root, {.cancel = &cancel}) == Status::Cancelled);
}

// Again and again, until somebody cancels it: whatever it does then, it ends and says so.
void what_runs_can_be_cancelled(Scheduler& scheduler, Operation const& operation) {
  Arrays arrays(kSide);
  Atomic<bool> cancel{false}, is_running{false};
  std::thread other([&] {
    while (!is_running.load(relaxed)) std::this_thread::yield();
    cancel.store(true, relaxed);
  });
  auto const root = [&](KernelContext t) {
    while (operation.run(t, arrays) == Status::Done) is_running.store(true, relaxed);
    return operation.run(t, arrays);
  };
  CHECK(run(scheduler, root, {.cancel = &cancel}) == Status::Cancelled);
  other.join();
}

}  // namespace

int main() {
  for (std::uint32_t const threads : {1u, 2u, 8u}) {
    Started scheduler({.threads = threads, .stack_bytes = kStackBytes});
    for (Operation const& operation : operations()) {
      std::printf("%s with %u workers\n", operation.name, threads);
      nothing_is_done_for_a_cancelled_root(*scheduler, operation);
      what_runs_can_be_cancelled(*scheduler, operation);
    }
  }
}
