// Stress: arrays are right, and their memory is there as long as anybody computes with it, however
// early their handles are dropped.
//
// One thread records operations on arrays whose elements are all the same, so that what a sum must
// be is known, and drops handles at random moments, as JavaScript's collector does: also while a
// worker hands the elements over to what waits for them. Replays with --seed N.

#include <algorithm>
#include <cstdio>
#include <utility>
#include <vector>

#include "base/random.h"
#include "kernels/scalar.h"
#include "runtime/array_task.h"
#include "runtime/runtime.h"
#include "support/stress.h"

using namespace heddle;

namespace {

constexpr std::uint64_t kForever = ~std::uint64_t{0};

struct Known {
  Handle handle;
  std::size_t length;
  double element;
};

class Recorder {
 public:
  explicit Recorder(Runtime& runtime) : home_(runtime.home()), stream_(scalar_kernels()) {}

  Stream& stream() { return stream_; }

  Handle take() {
    if (next_ % kBlockCells == 0) CHECK(stream_.add_block().value() == next_ / kBlockCells);
    return next_++;
  }

  Known make(std::size_t length, double element) {
    Known const made{take(), length, element};
    Cell& cell = stream_.cell(made.handle);
    cell.value.array = filled(length, element);
    cell.settle(Type::Array);
    cell.tell();
    return made;
  }

  // The same, which a worker brings: what is computed from it has to wait.
  Known make_late(std::size_t length, double element) {
    Known const made{take(), length, element};
    Queue<Job> jobs;
    jobs.push_back(*new Bring(stream_.expect(home_, made.handle, Type::Array), length, element));
    CHECK(home_.submit(jobs));
    return made;
  }

  Known add(Known const& left, Known const& right) {
    return binary(array::BinaryOp::Add, left, right, left.element + right.element);
  }

  Known reshape(Known const& of) {
    ArrayRequest request = request_of(ArrayCode::Reshape, {of});
    Known const made{take(), of.length, of.element};
    run_array_request(stream_, home_, made.handle, std::move(request));
    return made;
  }

  Handle sum(Known const& of) {
    ArrayRequest request = request_of(ArrayCode::Reduce, {of});
    request.detail = std::uint8_t(array::ReduceOp::Sum);
    Handle const made = take();
    run_array_request(stream_, home_, made, std::move(request));
    return made;
  }

  // As Environment::drop_array(). False: who brings it will.
  bool drop(Known const& known) {
    Cell& cell = stream_.cell(known.handle);
    Maker* const maker = cell.maker();
    if (maker != nullptr && !maker->part()) return false;
    while (!cell.is_told()) sched_yield();  // JavaScript asks again later.
    cell.drop_array();
    return true;
  }

 private:
  struct Bring : Job {
    Bring(Cell& to, std::size_t of, double with)
        : Job(run, Kind::Plain), cell(to), length(of), element(with) {}

    static Job* run(Job& self) {
      auto& bring = static_cast<Bring&>(self);
      bring.cell.value.array = filled(bring.length, bring.element);
      settle_outside(bring.cell);
      delete &bring;
      return nullptr;
    }

    Cell& cell;
    std::size_t const length;
    double const element;
  };

  static ArrayData* filled(std::size_t length, double element) {
    ArrayData* const array = make_array(length * sizeof(double));
    CHECK(array != nullptr);
    std::fill_n(reinterpret_cast<double*>(array->data), length, element);
    return array;
  }

  Known binary(array::BinaryOp op, Known const& left, Known const& right, double element) {
    ArrayRequest request = request_of(ArrayCode::Binary, {left, right});
    request.detail = std::uint8_t(op);
    Known const made{take(), left.length, element};
    run_array_request(stream_, home_, made.handle, std::move(request));
    return made;
  }

  static ArrayRequest request_of(ArrayCode code, std::vector<Known> const& operands) {
    ArrayRequest request;
    request.code = code;
    request.shape = array::Shape{operands[0].length};
    for (Known const& operand : operands) {
      ArraySource& source = request.sources[request.sources_count++];
      source.kind = ArraySource::Kind::Array;
      source.handle = operand.handle;
      source.shape = array::Shape{operand.length};
    }
    return request;
  }

  Home& home_;
  Stream stream_;
  Handle next_ = 0;
};

void stress(test::Stress const& stress) {
  Random random(stress.seed);
  std::uint64_t early = 0, late = 0;
  for (std::uint32_t const threads : {1u, 2u, 4u}) {
    auto started = Runtime::start({.scheduler = {.threads = threads}});
    CHECK(started.ok());
    Runtime& runtime = *started.value();
    Recorder recorder(runtime);
    std::size_t const lengths[] = {1, 1000, 40'000};  // Small ones are added at once.
    std::size_t const length = lengths[random.below(3)];
    std::vector<Known> known{recorder.make(length, 1)};
    std::vector<std::pair<Handle, double>> sums;
    std::uint64_t const steps = stress.scaled(2000);
    for (std::uint64_t i = 0; i < steps; ++i) {
      Known const left = known[random.below(std::uint32_t(known.size()))];
      Known const right = known[random.below(std::uint32_t(known.size()))];
      switch (random.below(8)) {
        case 0:
          known.push_back(recorder.make_late(length, double(random.below(8))));
          break;
        case 1:
          known.push_back(recorder.reshape(left));
          break;
        case 2:
          sums.emplace_back(recorder.sum(left), double(length) * left.element);
          break;
        default:  // Small numbers, so that every sum is exact.
          known.push_back(left.element + right.element < 1000 ? recorder.add(left, right)
                                                              : recorder.make(length, 1));
      }
      while (known.size() > 1 + random.below(8)) {
        std::size_t const at = random.below(std::uint32_t(known.size()));
        ++(recorder.drop(known[at]) ? late : early);
        known.erase(known.begin() + std::ptrdiff_t(at));
      }
      stress.progress();
    }
    CellWaiter waiter;
    for (auto const& [handle, expected] : sums) {
      Cell& cell = recorder.stream().cell(handle);
      CHECK(waiter.wait(recorder.stream(), cell, kForever));
      CHECK(cell.fault == nullptr && cell.value.number == expected);
    }
    runtime.close();
    recorder.stream().free_retired();
    CHECK(runtime.is_quiet());
  }
  std::printf("%llu dropped before they had come, %llu after\n", (unsigned long long)early,
              (unsigned long long)late);
  CHECK(early > 0 && late > 0);  // Else this run tested nothing.
}

// What waits for an array when its scheduler has closed fails, one after the other: a long chain
// needs no deep stack.
void a_chain_fails_without_a_deep_stack() {
  auto started = Runtime::start({.scheduler = {.threads = 1}});
  CHECK(started.ok());
  Runtime& runtime = *started.value();
  {
    Recorder recorder(runtime);
    Handle const first = recorder.take();
    Cell& cell = recorder.stream().expect(runtime.home(), first, Type::Array);
    Known last{first, 1, 1};
    for (int i = 0; i < 100'000; ++i) last = recorder.reshape(last);
    runtime.close();
    cell.value.array = make_array(sizeof(double));
    settle_outside(cell);
    Cell const& end = recorder.stream().cell(last.handle);
    CHECK(end.is_settled() && end.fault != nullptr && end.fault->code == FaultCode::Cancelled);
    recorder.stream().free_retired();
    CHECK(runtime.is_quiet());
  }
}

}  // namespace

int main(int argc, char** argv) {
  a_chain_fails_without_a_deep_stack();
  return test::run_seeds(argc, argv, 5, stress);
}
