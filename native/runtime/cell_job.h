#pragma once
// A job for JavaScript: it runs on a fiber, and settles a cell.

#include <memory>
#include <utility>

#include "base/check.h"
#include "io/canceller.h"
#include "io/file.h"
#include "runtime/runtime.h"
#include "sched/labels.h"

namespace heddle {

inline Call call_of(FileCall call) {
  switch (call) {
    case FileCall::Open:
      return Call::Open;
    case FileCall::Read:
      return Call::Read;
    case FileCall::Write:
      return Call::Write;
    case FileCall::Sync:
      return Call::Fsync;
    case FileCall::Close:
      return Call::Close;
  }
  return Call::None;
}

// A share of something, handed over by a cell.
template <class T>
Blob* blob_of(std::shared_ptr<T> share) {
  auto* const held = new std::shared_ptr<T>(std::move(share));
  auto const drop = [](Blob& blob) { delete reinterpret_cast<std::shared_ptr<T>*>(blob.data); };
  return new Blob{reinterpret_cast<std::byte*>(held), 0, drop};
}

// Takes it out. Once.
template <class T>
std::shared_ptr<T> take_share(Cell& cell) {
  CHECK(cell.is_settled() && cell.type() == Type::Bytes && cell.value.blob != nullptr);
  return std::move(*reinterpret_cast<std::shared_ptr<T>*>(cell.value.blob->data));
}

// Self has `Result<void> call(Blob*& result)`, which may set `failing_`, and `kName` for traces.
template <class Self>
class CellJobOf : public Job {
 public:
  CellJobOf(Runtime& runtime, Cell& cell, std::shared_ptr<Canceller> canceller,
            Lane lane = Lane::Normal, StackClass stack = StackClass::Normal)
      : Job(run, Kind::Root, lane, stack),
        io_(runtime.io()),
        home_(runtime.home()),
        cell_(cell),
        canceller_(std::move(canceller)) {
    static std::uint32_t const named = label_of(Self::kName);
    label = named;
  }

  // Hands the job over, or fails its cell where nobody takes it any more.
  static void submit(std::unique_ptr<Self> job) {
    Queue<Job> jobs;
    jobs.push_back(*job);
    if (job->home_.submit(jobs)) {
      (void)job.release();
      return;
    }
    Cell& cell = job->cell_;
    job.reset();
    cell.fault = make_fault(FaultCode::Cancelled);  // H1
    settle_outside(cell);
  }

 protected:
  Canceller* canceller() { return canceller_.get(); }  // Or null.

  Io& io_;
  Call failing_ = Call::None;

 private:
  static Job* run(Job& self) {
    std::unique_ptr<Self> job(static_cast<Self*>(&self));
    Cell& cell = job->cell_;
    Result<void> const result = job->call_cancellably(cell.value.blob);
    if (!result.ok()) {
      bool const is_cancelled = result.error() == Errno{ECANCELED};
      cell.fault = is_cancelled ? make_fault(FaultCode::Cancelled)
                                : make_system_fault(int(result.error()), job->failing_);
    }
    job.reset();  // Before anybody can know.
    settle_outside(cell);
    return nullptr;
  }

  Result<void> call_cancellably(Blob*& result) {
    Canceller::ForFiber const scope(canceller_.get());
    return static_cast<Self&>(*this).call(result);
  }

  Home& home_;
  Cell& cell_;
  std::shared_ptr<Canceller> const canceller_;  // Or null.
};

}  // namespace heddle
