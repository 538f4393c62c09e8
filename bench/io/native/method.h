#pragma once
// A way to read blocks of a file: some are in flight, each for a slot with memory of its own.
//
//   reading begins      begin(), which is part of the time that is measured
//   start(slot, at)     asks for the block at that offset
//   flush()             what was asked for is on its way, also if nobody waits now
//   finish(wait, done)  appends the slots that have their data; flushes as well
//
// A method that cannot do anything beside reading reads in start().

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "file.h"

namespace io_bench {

enum class Wait { No, One };

// A mapping reads nothing by itself: how much of a block is looked at for it to count as read.
enum class Touch { Pages, Words };

// What is to be read, and where to.
struct Job {
  int fd = -1;
  std::uint64_t file_bytes = 0;
  std::size_t block = 0;
  unsigned slots = 0;
  unsigned depth = 0;           // At most so many slots are in flight.
  std::byte* memory = nullptr;  // `slots` blocks.
  Touch touch = Touch::Pages;

  std::byte* slot(unsigned number) const { return memory + number * block; }
};

class Method {
 public:
  explicit Method(Job const& job) : job_(job) {}
  virtual ~Method() = default;

  virtual void begin() {}
  virtual void start(unsigned slot, std::uint64_t offset) = 0;
  virtual void flush() {}
  virtual void finish(Wait wait, std::vector<unsigned>& done) = 0;
  virtual std::byte const* data(unsigned slot) const { return job_.slot(slot); }

 protected:
  Job job_;
};

// By its name: `pread`, `threads` (four), `thread`, `mmap`, `mmap+random`, `mmap+populate`, or
// `ring` with any of `+fixed`, `+defer`, `+sqpoll` and `+async`.
std::unique_ptr<Method> make_method(std::string const& name, Job const& job);

// Each makes those whose names begin so; `has` says what follows a plus.
class Features {
 public:
  explicit Features(std::string const& name) : name_(name + '+') {}
  bool has(char const* feature) const {
    return name_.find(std::string("+") + feature + '+') != std::string::npos;
  }

 private:
  std::string name_;
};

std::unique_ptr<Method> make_pread(Job const& job);
std::unique_ptr<Method> make_threads(Job const& job, unsigned count);
std::unique_ptr<Method> make_map(Job const& job, Features const& features);
std::unique_ptr<Method> make_ring(Job const& job, Features const& features);

}  // namespace io_bench
