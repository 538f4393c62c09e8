// Waiting for arrays, and computing with them.

#include "runtime/array_task.h"

#include <cerrno>
#include <utility>

#include "base/check.h"
#include "heddle/kernel_context.h"
#include "kernels/array/elementwise.h"
#include "kernels/array/matmul.h"
#include "kernels/array/scan.h"
#include "kernels/array/sort.h"
#include "runtime/array_cost.h"

namespace heddle {

namespace {

using array::ConstView;
using array::Status;
using array::View;

bool gives_number(ArrayCode code) {
  return code == ArrayCode::Reduce || code == ArrayCode::Dot;
}

class ArrayTask : public Job {
 public:
  ArrayTask(Cell& result, Home& home, ArrayRequest&& request)
      : Job(run, Kind::Root), result_(result), home_(home), request_(std::move(request)) {
    label = label_for(request_);
  }

  ~ArrayTask() {
    for (Source& source : sources_) {
      drop(source.data);
      drop(source.fault);
    }
  }

  // Computes it here and now, if all operands are there. The stream's thread, instead of start().
  static bool compute_at_once(Stream& stream, Cell& result, Home& home, ArrayRequest& request) {
    for (std::size_t i = 0; i < request.sources_count; ++i) {
      ArraySource const& source = request.sources[i];
      bool const has_handle = source.kind != ArraySource::Kind::Number;
      if (has_handle && !stream.cell(source.handle).is_settled()) return false;
    }
    bool const is_number = gives_number(request.code);
    ArrayTask task(result, home, std::move(request));
    for (std::size_t i = 0; i < task.request_.sources_count; ++i) {
      ArraySource const& source = task.request_.sources[i];
      if (source.kind != ArraySource::Kind::Number)
        task.sources_[i].take(stream.cell(source.handle));
    }
    Fault* const fault = task.fault();
    result.fault = fault != nullptr ? fault : task.compute(KernelContext::alone());
    result.settle(is_number ? Type::Number : Type::Array);
    result.tell();
    home.count_computed(1);
    return true;
  }

  // A1. The stream's thread, once; the task may be gone when it returns.
  void start(Stream& stream) {
    missing_.start(std::uint32_t(request_.sources_count));
    for (std::size_t i = 0; i < request_.sources_count; ++i) {
      Source& source = sources_[i];
      source.task = this;
      source.arrived = arrived;
      if (request_.sources[i].kind != ArraySource::Kind::Number) {
        Cell& cell = stream.cell(request_.sources[i].handle);
        CHECK(cell.is_recorded());
        if (cell.add_edge(source)) continue;
        source.take(cell);
      }
      missing_.came_early();
    }
    came();  // N2
  }

 private:
  struct Source : Edge {
    void take(Cell const& cell) {
      if (cell.fault != nullptr) {
        fault = heddle::hold(cell.fault);
        return;
      }
      if (cell.type() == Type::Number) {
        number = cell.value.number;
        return;
      }
      CHECK(cell.type() == Type::Array && cell.value.array != nullptr);
      data = heddle::hold(cell.value.array);
    }

    ArrayTask* task = nullptr;
    ArrayData* data = nullptr;
    double number = 0;
    Fault* fault = nullptr;
  };

  static void arrived(Edge& edge, Cell& cell, Aftermath&) {
    auto& source = static_cast<Source&>(edge);
    source.take(cell);
    source.task->came();
  }

  void came() {
    if (!missing_.came()) return;
    Queue<Job> jobs;
    jobs.push_back(*this);
    if (!home_.submit(jobs)) fail_all(*this);  // H1
  }

  // One after the other: what waits for one that fails here fails here, too.
  static void fail_all(ArrayTask& first) {
    static thread_local Queue<Job>* failing = nullptr;
    if (failing != nullptr) {
      failing->push_back(first);
      return;
    }
    Queue<Job> queue;
    failing = &queue;
    queue.push_back(first);
    while (Job* const job = queue.pop_front()) {
      static_cast<ArrayTask*>(job)->finish(make_fault(FaultCode::Cancelled));
    }
    failing = nullptr;
  }

  static Job* run(Job& self) {
    auto& task = static_cast<ArrayTask&>(self);
    Fault* const fault = task.fault();
    task.finish(fault != nullptr ? fault : task.compute(KernelContext::current()));
    return nullptr;
  }

  // What the first operand that failed has failed with, or null. The caller's from here on.
  Fault* fault() {
    for (Source& source : sources_) {
      if (source.fault != nullptr) return std::exchange(source.fault, nullptr);
    }
    return nullptr;
  }

  // Settles the cell, and ends the task.
  void finish(Fault* fault) {
    Cell& result = result_;
    result.fault = fault;
    delete this;
    settle_outside(result);
  }

  // The fault, or null: the cell has its value.
  Fault* compute(KernelContext t) {
    if (request_.code == ArrayCode::Reshape) {
      result_.value.array = hold(sources_[0].data);
      return nullptr;
    }
    bool const is_number = gives_number(request_.code);
    std::size_t const elements = is_number ? 0 : request_.shape.elements();
    ArrayData* const made = make_array(elements * size_of(request_.dtype));
    if (made == nullptr) return make_system_fault(ENOMEM);
    double number = 0;
    Status const status = call(t, {request_.dtype, request_.shape, made->data}, number);
    if (status != Status::Done || is_number) drop(made);
    switch (status) {
      case Status::Done:
        if (is_number) {
          result_.value.number = number;
        } else {
          result_.value.array = made;
        }
        return nullptr;
      case Status::Empty:
        return make_fault(FaultCode::EmptyArray);
      case Status::Cancelled:
        return make_fault(FaultCode::Cancelled);
      case Status::NoMemory:
        break;
    }
    return make_system_fault(ENOMEM);
  }

  Status call(KernelContext t, View const& out, double& number) {
    array::Number const numbers[kArrayOperandsMax] = {number_of(0), number_of(1), number_of(2)};
    auto const view = [&](std::size_t i) -> ConstView {
      ArraySource const& source = request_.sources[i];
      if (source.kind != ArraySource::Kind::Array) return numbers[i].view();
      return {source.dtype, source.shape, sources_[i].data->data};
    };
    switch (request_.code) {
      case ArrayCode::Unary:
        return unary(t, array::UnaryOp(request_.detail), view(0), out);
      case ArrayCode::Binary:
        return binary(t, array::BinaryOp(request_.detail), view(0), view(1), out);
      case ArrayCode::Where:
        return where(t, view(0), view(1), view(2), out);
      case ArrayCode::Reduce:
        return reduce(t, array::ReduceOp(request_.detail), view(0), number);
      case ArrayCode::Dot:
        return dot(t, view(0), view(1), number);
      case ArrayCode::Scan:
        return scan(t, view(0), out);
      case ArrayCode::Sort:
        return sort(t, view(0), out);
      case ArrayCode::Matmul:
        return matmul(t, view(0), view(1), out);
      case ArrayCode::Slice:
        return slice(t, view(0), request_.slices, out);
      case ArrayCode::Reshape:
        break;
    }
    CHECK(false);
  }

  array::Number number_of(std::size_t i) const {
    bool const has_come = request_.sources[i].kind == ArraySource::Kind::NumberHandle;
    double const number = has_come ? sources_[i].number : request_.sources[i].number;
    return array::Number(request_.number_dtype, number);
  }

  Cell& result_;
  Home& home_;
  ArrayRequest const request_;
  std::array<Source, kArrayOperandsMax> sources_;
  Missing missing_;  // A1
};

// Takes numbers off the front of a request.
class Reader {
 public:
  explicit Reader(std::span<double const> words) : words_(words) {}

  double number() {
    CHECK(!words_.empty());
    double const word = words_.front();
    words_ = words_.subspan(1);
    return word;
  }

  std::size_t below(std::size_t bound) {
    double const word = number();
    CHECK(word >= 0 && word < double(bound));
    return std::size_t(word);
  }

  array::Shape shape() {
    std::array<std::size_t, array::Shape::kRankMax> sides{};
    std::size_t const rank = below(array::Shape::kRankMax + 1);
    for (std::size_t i = 0; i < rank; ++i) sides[i] = below(std::size_t{1} << 31);
    auto const shape = array::Shape::make({sides.data(), rank});
    CHECK(shape.has_value());
    return *shape;
  }

  // Of a slice; NaN: there is none.
  std::optional<std::int64_t> bound() {
    double const word = number();
    if (word != word) return std::nullopt;
    return std::int64_t(word);
  }

 private:
  std::span<double const> words_;
};

}  // namespace

ArrayRequest read_array_request(std::span<double const> words) {
  Reader reader(words);
  ArrayRequest request;
  request.code = ArrayCode(reader.below(kArrayCodeCount));
  request.detail = std::uint8_t(reader.below(256));
  request.dtype = array::Dtype(reader.below(array::kDtypeCount));
  request.number_dtype = array::Dtype(reader.below(array::kDtypeCount));
  request.shape = reader.shape();
  request.sources_count = reader.below(kArrayOperandsMax + 1);
  for (std::size_t i = 0; i < request.sources_count; ++i) {
    ArraySource& source = request.sources[i];
    source.kind = ArraySource::Kind(reader.below(3));
    if (source.kind == ArraySource::Kind::Number) {
      source.number = reader.number();
      continue;
    }
    source.handle = Handle(reader.below(std::size_t{1} << 32));
    if (source.kind == ArraySource::Kind::NumberHandle) continue;
    source.dtype = array::Dtype(reader.below(array::kDtypeCount));
    source.shape = reader.shape();
  }
  std::size_t const slices = reader.below(array::Shape::kRankMax + 1);
  for (std::size_t i = 0; i < slices; ++i) {
    auto const start = reader.bound();
    auto const end = reader.bound();
    request.slices.push_back({start, end, std::int64_t(reader.number())});
  }
  return request;
}

void run_array_request(Stream& stream, Home& home, Handle result, ArrayRequest request) {
  if (is_quick(request) && ArrayTask::compute_at_once(stream, stream.cell(result), home, request)) {
    return;
  }
  Type const type = gives_number(request.code) ? Type::Number : Type::Array;
  Cell& cell = stream.expect(home, result, type);
  (new ArrayTask(cell, home, std::move(request)))->start(stream);
}

}  // namespace heddle
