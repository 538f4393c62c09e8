#pragma once
// A job about files for JavaScript: it runs on a fiber, and settles a cell.

#include <cstring>
#include <memory>
#include <utility>

#include "runtime/runtime.h"

namespace heddle {

// Memory for a result, copied; null: there is none.
inline Blob* make_blob(void const* data, std::size_t size) {
  auto* const copy = static_cast<std::byte*>(std::malloc(size + 1));
  if (copy == nullptr) return nullptr;
  if (size > 0) std::memcpy(copy, data, size);
  return new Blob{copy, size};
}

// Self has `Result<void> call(Blob*& result)`, which may set `failing_`.
template <class Self>
class FileJobOf : public Job {
 public:
  FileJobOf(Runtime& runtime, Cell& cell)
      : Job(run, Kind::Root), io_(runtime.io()), home_(runtime.home()), cell_(cell) {}

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
  Io& io_;
  Call failing_ = Call::None;

 private:
  static Job* run(Job& self) {
    std::unique_ptr<Self> job(static_cast<Self*>(&self));
    Cell& cell = job->cell_;
    Result<void> const result = job->call(cell.value.blob);
    if (!result.ok()) {
      bool const is_cancelled = result.error() == Errno{ECANCELED};
      cell.fault = make_fault(is_cancelled ? FaultCode::Cancelled : FaultCode::System);
      cell.fault->error_number = int(result.error());
      cell.fault->call = job->failing_;
    }
    job.reset();  // Before anybody can know.
    settle_outside(cell);
    return nullptr;
  }

  Home& home_;
  Cell& cell_;
};

}  // namespace heddle
