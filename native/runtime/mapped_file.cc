// Jobs that map a file, or bring it into memory.

#include "runtime/mapped_file.h"

#include <fcntl.h>

#include <utility>

#include "base/check.h"
#include "io/file.h"
#include "runtime/cell_job.h"

namespace heddle {

namespace {

class MapJob : public CellJobOf<MapJob> {
 public:
  static constexpr char kName[] = "map file";

  MapJob(Runtime& runtime, Cell& cell, MapRequest&& request)
      : CellJobOf(runtime, cell, request.canceller), request_(std::move(request)) {}

  Result<void> call(Blob*& result) {
    failing_ = Call::Open;
    // Without waiting for who writes to a pipe, which cannot be mapped.
    Result<int> const opened = open(io_, request_.path.c_str(), O_RDONLY | O_NONBLOCK);
    if (!opened.ok()) return opened.error();
    failing_ = Call::Mmap;
    auto mapped = Mapping::map(opened.value(), request_.bytes_max, request_.advice);
    Result<void> const closed = close(io_, opened.value());
    if (!mapped.ok()) return mapped.error();
    failing_ = Call::Close;
    if (!closed.ok()) return closed;
    if (request_.populate == Populate::Yes) {
      failing_ = Call::Madvise;
      auto const brought = prefetch(io_, *mapped.value(), 0, mapped.value()->size());
      if (!brought.ok()) return brought;
    }
    result = blob_of(std::move(mapped).value());
    return {};
  }

 private:
  MapRequest const request_;
};

class PrefetchJob : public CellJobOf<PrefetchJob> {
 public:
  static constexpr char kName[] = "prefetch";

  PrefetchJob(Runtime& runtime, Cell& cell, std::shared_ptr<Mapping>&& mapping, std::size_t offset,
              std::size_t length, std::shared_ptr<Canceller>&& canceller)
      : CellJobOf(runtime, cell, std::move(canceller)),
        mapping_(std::move(mapping)),
        offset_(offset),
        length_(length) {}

  Result<void> call(Blob*&) {
    failing_ = Call::Madvise;
    return prefetch(io_, *mapping_, offset_, length_);
  }

 private:
  std::shared_ptr<Mapping> const mapping_;  // M1
  std::size_t const offset_;
  std::size_t const length_;
};

}  // namespace

void map_file(Runtime& runtime, Cell& cell, MapRequest request) {
  MapJob::submit(std::make_unique<MapJob>(runtime, cell, std::move(request)));
}

std::shared_ptr<Mapping> take_mapping(Cell& cell) {
  return take_share<Mapping>(cell);
}

void prefetch_file(Runtime& runtime, Cell& cell, std::shared_ptr<Mapping> mapping,
                   std::size_t offset, std::size_t length, std::shared_ptr<Canceller> canceller) {
  PrefetchJob::submit(std::make_unique<PrefetchJob>(runtime, cell, std::move(mapping), offset,
                                                    length, std::move(canceller)));
}

void let_go_of_mapping(Runtime& runtime, std::shared_ptr<Mapping> mapping) {
  let_go(runtime.io(), std::move(mapping));
}

}  // namespace heddle
