#pragma once
// A descriptor that JavaScript has, and the calls about it.
//
// Rules, cited below by name:
//   F1  Who enters before shut() may use the descriptor until leave(): its number is nobody else's
//       until then. Who comes later is refused.

#include <fcntl.h>
#include <sys/types.h>

#include <memory>
#include <string>

#include "io/canceller.h"
#include "runtime/runtime.h"
#include "sched/fiber_gate.h"

namespace heddle {

class OpenFile {
 public:
  // `flags` as open(2) had them.
  OpenFile(int fd, int flags);
  ~OpenFile();  // Closes it, unless that was done.
  OpenFile(OpenFile const&) = delete;
  OpenFile& operator=(OpenFile const&) = delete;

  int fd() const { return fd_; }
  bool is_direct() const { return is_direct_; }
  bool is_regular() const { return is_regular_; }

  // False: it is being closed. Any thread.
  [[nodiscard]] bool enter() { return gate_.enter(); }
  void leave() { gate_.leave(); }

  // Refuses who comes, and waits until all who have entered have left. Once, on a fiber.
  void shut() { gate_.shut(); }

  // After shut(): somebody has closed it.
  void closed() { fd_ = -1; }

 private:
  bool const is_direct_;
  bool const is_regular_;
  int fd_;
  FiberGate gate_;  // F1
};

// The numbers are a contract with lib/layout.ts.
enum class DescriptorCall : std::uint8_t {
  Sync = 0,
  SyncData = 1,
  Facts = 2,     // A FileRecord
  Truncate = 3,  // To `position` bytes
  Close = 4,
};
inline constexpr std::size_t kDescriptorCallCount = 5;

struct DescriptorRequest {
  DescriptorCall code{};
  std::shared_ptr<OpenFile> file;  // Entered, but for Close.
  std::int64_t position = 0;
  std::shared_ptr<Canceller> canceller;  // Or null
};

// Makes the call, into `cell`, which Stream::expect() has prepared as Bytes. Any thread.
void make_descriptor_call(Runtime& runtime, Cell& cell, DescriptorRequest request);

struct CachedRead {
  std::size_t bytes = 0;
  bool is_all = false;  // False: a call has to be made for what follows them.
};

// Reads what is cached at once, without waiting for anything. Any thread that has entered.
CachedRead read_cached(Runtime& runtime, OpenFile const& file, std::byte* buffer,
                       std::size_t length, std::int64_t position);

// Opens a file: the cell's blob is an OpenFile then, which take_open_file() takes out. Once.
void open_file(Runtime& runtime, Cell& cell, std::string path, int flags, mode_t mode,
               std::shared_ptr<Canceller> canceller = nullptr);
std::shared_ptr<OpenFile> take_open_file(Cell& cell);

}  // namespace heddle
