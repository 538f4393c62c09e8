#pragma once
// A stream with a home to compute in, and commands made by name: what flow's tests share.

#include <memory>
#include <vector>

#include "flow/stream.h"
#include "kernels/scalar.h"

namespace heddle::test {

class Graph {
 public:
  explicit Graph(std::uint32_t threads) : scheduler_(started(threads)), home_(*scheduler_) {}

  // Everything that was recorded must have been waited for.
  ~Graph() {
    if (!is_closed_) close();
    CHECK(home_.is_quiet());
  }

  // As a runtime does it.
  void close() {
    is_closed_ = true;
    home_.close();
    scheduler_->stop();
  }

  Home& home() { return home_; }

  static Command number(Handle to, double value) {
    Command command = make(CommandCode::Constant, Type::Number, to);
    command.value.number = value;
    return command;
  }

  static Command integer(Handle to, std::int64_t value) {
    Command command = make(CommandCode::Constant, Type::BigInt, to);
    command.value.integer = value;
    return command;
  }

  static Command operation(CommandCode code, Type type, Handle to, Handle left, Handle right) {
    Command command = make(code, type, to);
    command.sources[0] = left;
    command.sources[1] = right;
    return command;
  }

  // The same with a number in the command, on the right or on the left.
  static Command with_number(CommandCode code, Handle to, Form form, Handle source, double value) {
    Command command = make(code, Type::Number, to);
    command.form = std::uint8_t(form);
    command.sources[form == Form::ValueLeft ? 1 : 0] = source;
    command.value.number = value;
    return command;
  }

  static Command free_block(std::uint32_t block) {
    return make(CommandCode::FreeBlock, Type::Number, block);
  }

 private:
  static Command make(CommandCode code, Type type, Handle to) {
    Command command{};
    command.operation = std::uint8_t(code);
    command.type = std::uint8_t(type);
    command.operands = std::uint8_t(type);
    command.destination = to;
    return command;
  }

  static std::unique_ptr<Scheduler> started(std::uint32_t threads) {
    auto scheduler = Scheduler::start({.threads = threads});
    CHECK(scheduler.ok());
    return std::move(scheduler).value();
  }

  std::unique_ptr<Scheduler> scheduler_;
  Home home_;
  bool is_closed_ = false;
};

// Waits without helping, so that it is the workers who compute.
inline void await(Cell const& cell) {
  while (!cell.is_settled()) sched_yield();
}

}  // namespace heddle::test
