// Consuming a command stream, and helping when its thread waits.

#include "flow/stream.h"

#include <utility>

#include "base/check.h"

namespace heddle {

namespace {

constexpr std::size_t kBlocksMax = std::size_t{1} << 24;  // A handle has 32 bits.
constexpr std::uint32_t kSpareMax = 1024;  // Blocks, 8 MB: their pages need not be made again.

// Edge::arrived.
void operand_arrived(Edge& edge, Cell& source, Aftermath& after) {
  auto& operand = static_cast<Operand&>(edge);
  Maker& owner = *operand.owner;
  static_cast<Arrival&>(operand) = arrival_of(source, owner.what.operands);
  operand.from.store(nullptr, relaxed);  // D3; published by what follows, and by leave().
  if (owner.missing.came()) after.ready.push_back(owner);  // N1
}

// The source of a command on one side, or null where there is a value in the command.
Handle const* source_of(Command const& command, std::size_t side) {
  auto const form = Form(command.form);
  bool const is_value = side == 0
                            ? form == Form::ValueLeft
                            : form == Form::ValueRight || is_unary(CommandCode(command.operation));
  return is_value ? nullptr : &command.sources[side];
}

}  // namespace

Stream::~Stream() {
  // Their homes may be gone, who count them.
  Queue<Job> done = done_.take();
  while (Job* job = done.pop_front()) delete static_cast<Maker*>(job);
  for (Block* block : blocks_) delete block;
  while (Block* block = spare_.pop()) delete block;
}

Result<std::uint32_t> Stream::add_block() {
  free_retired();
  std::uint32_t number = std::uint32_t(blocks_.size());
  if (!free_numbers_.empty()) {
    number = free_numbers_.back();
    free_numbers_.pop_back();
  } else if (blocks_.size() == kBlocksMax) {
    return Errno{ENOMEM};
  } else {
    blocks_.push_back(nullptr);
  }
  Block* block = spare_.pop();
  if (block == nullptr) {
    block = new Block;
  } else {
    --spare_count_;
  }
  block->number = number;
  block->retired = &retired_;
  blocks_[number] = block;
  return number;
}

void Stream::consume(Home* home, Command const* commands, std::uint32_t count) {
  free_retired();
  std::uint32_t others = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    Command const& command = commands[i];
    auto const code = CommandCode(command.operation);
    if (code == CommandCode::Constant) {
      Cell& made = cell(command.destination);
      CHECK(!made.is_recorded());  // A handle is recorded once.
      made.value = command.value;
      made.settle(Type(command.type));
    } else if (code == CommandCode::FreeBlock) {
      CHECK(command.destination < blocks_.size());
      blocks_[command.destination]->release();
    } else {
      CHECK(home != nullptr);
      record(*home, command);
      continue;
    }
    ++others;
  }
  if (home != nullptr) home->count_computed(count - others);
}

// What an operand can be read from as it is, or null: it has not come, failed, or is of another
// type.
Value const* Stream::plain_operand(Command const& command, std::size_t side) {
  Handle const* const source = source_of(command, side);
  if (source == nullptr) return &command.value;
  Cell const& from = cell(*source);
  bool const is_plain = from.is_settled() && from.fault == nullptr;
  return is_plain && from.type() == Type(command.operands) ? &from.value : nullptr;
}

// Computes it at once if its operands are there.
void Stream::record(Home& home, Command const& command) {
  auto const code = CommandCode(command.operation);
  CHECK(is_operation(code) && command.operands < kTypeCount);
  Computation const what{kernels_.of[command.operands][command.operation], code,
                         Type(command.operands), Type(command.type)};
  CHECK(what.kernel != nullptr);
  Cell& made = cell(command.destination);
  CHECK(!made.is_recorded());  // A handle is recorded once.
  Value const* const left = plain_operand(command, 0);
  Value const* const right = plain_operand(command, 1);
  if (left == nullptr || right == nullptr) {
    record_slowly(home, command, what);
    return;
  }
  // One that fails is computed again, which says so.
  if (what.kernel(*left, *right, made.value) != FaultCode::None) {
    record_slowly(home, command, what);
    return;
  }
  made.settle(what.result);
}

// The same, where an operand has to wait, has failed or has to change its type.
void Stream::record_slowly(Home& home, Command const& command, Computation const& what) {
  Cell& made = cell(command.destination);
  Arrival arrivals[2];
  for (std::size_t side = 0; side < 2; ++side) {
    Handle const* const source = source_of(command, side);
    if (source == nullptr) {
      arrivals[side].value = command.value;
      continue;
    }
    Cell const& from = cell(*source);
    if (!from.is_settled()) {
      for (Arrival& arrival : arrivals) drop(arrival.fault);
      begin(home, command, what);
      return;
    }
    arrivals[side] = arrival_of(from, what.operands);
  }
  compute(what, arrivals[0], arrivals[1], made);
  made.settle(what.result);
}

// Records an operation that has to wait.
void Stream::begin(Home& home, Command const& command, Computation const& what) {
  Block& block = *blocks_[command.destination / kBlockCells];
  Cell& made = cell(command.destination);
  auto& maker = *new Maker(made, block, home, done_);
  maker.what = what;
  maker.missing.start(2);
  ++home.makers;
  home.expect(1);
  block.hold();  // T2
  // Relaxed: nobody else has seen the cell (T1), and edges publish the maker.
  made.state.store(reinterpret_cast<std::uintptr_t>(&maker), relaxed);
  for (std::size_t side = 0; side < 2; ++side) {
    Operand& operand = maker.operands[side];
    if (Handle const* const source = source_of(command, side)) {
      connect(operand, maker, cell(*source));
    } else {
      operand.value = command.value;
      maker.missing.came_early();
    }
  }
  if (!maker.missing.came()) return;  // N2
  Aftermath after;
  CHECK(maker.claim());  // All came meanwhile, and nobody has seen it but who brought them.
  maker.perform(after);
  after.flush();
  maker.leave();
}

void Stream::connect(Operand& operand, Maker& owner, Cell& source) {
  CHECK(source.is_recorded());  // Recorded before it is used.
  operand.owner = &owner;
  operand.arrived = operand_arrived;
  operand.from.store(&source, relaxed);  // Before the edge: operand_arrived() clears it.
  if (source.add_edge(operand)) return;
  static_cast<Arrival&>(operand) = arrival_of(source, owner.what.operands);
  operand.from.store(nullptr, relaxed);
  owner.missing.came_early();
}

Arrival Stream::evaluate(CommandCode code, Type type, Command const* constants) const {
  Type const of = Type(constants[0].operands);
  CHECK(is_operation(code) && std::size_t(of) < kTypeCount);
  Computation const what{kernels_.of[std::size_t(of)][std::size_t(code)], code, of, type};
  CHECK(what.kernel != nullptr);
  Arrival left{constants[0].value, nullptr};
  Arrival right{is_unary(code) ? Value{} : constants[1].value, nullptr};
  Cell made;
  compute(what, left, right, made);
  return {made.value, std::exchange(made.fault, nullptr)};
}

Cell& Stream::expect(Home& home, Handle handle, Type type) {
  Cell& made = cell(handle);
  CHECK(!made.is_recorded());
  Block& block = *blocks_[handle / kBlockCells];
  auto& maker = *new Maker(made, block, home, done_);
  maker.what.result = type;
  // It is no operation that anybody could run: never ready.
  maker.missing.start(0);
  ++home.makers;
  home.expect(1);
  block.hold();  // T2
  made.state.store(reinterpret_cast<std::uintptr_t>(&maker), relaxed);
  return made;
}

void settle_outside(Cell& cell) {
  Maker& maker = *cell.maker();
  Aftermath after;
  maker.settle(after);
  if (cell.type() == Type::Array) {  // Before it leaves: the cell may be gone then.
    cell.tell();
    if (maker.part()) cell.drop_array();
  }
  maker.leave();
  run_here(after);
  dispatch(after);
}

// Depth first, with a stack of its own. An operation is looked at when it is pushed, which pushes
// what it waits for, and again when that is done: it can then be run here, unless somebody else
// has.
void Stream::help(Cell& target) {
  struct Visit {
    Maker* maker;
    bool expanded;
  };
  std::vector<Visit> visits;
  ++visit_;
  auto const visit = [&](Cell& cell) {
    Maker* const maker = cell.maker();  // There while we are here (D3).
    if (maker == nullptr || maker->visited == visit_) return;
    maker->visited = visit_;
    visits.push_back({maker, false});
  };
  visit(target);
  Aftermath after;
  while (!visits.empty()) {
    Maker& maker = *visits.back().maker;
    if (!visits.back().expanded && !maker.is_ready()) {
      visits.back().expanded = true;
      for (Operand& operand : maker.operands) {
        // D3: on this thread what it names is there, even if it is settled meanwhile.
        Cell* const source = operand.from.load(relaxed);
        if (source != nullptr) visit(*source);
      }
      continue;
    }
    visits.pop_back();
    if (maker.is_ready() && maker.claim()) maker.perform(after);
  }
  Queue<Job> made_ready = std::move(after.ready);  // Here, and in no queue yet.
  while (Job* job = made_ready.pop_front()) {
    auto& maker = static_cast<Maker&>(*job);
    if (maker.cell.is_settled()) {
      maker.leave();  // Run here; it never was in a queue.
    } else {
      after.ready.push_back(maker);
    }
  }
  dispatch(after);
}

void Stream::free_retired() {
  Queue<Job> done = done_.take();
  while (Job* job = done.pop_front()) {
    auto* const maker = static_cast<Maker*>(job);
    --maker->home.makers;
    delete maker;
  }
  Queue<Block> blocks = retired_.take();
  while (Block* block = blocks.pop_front()) {
    blocks_[block->number] = nullptr;
    free_numbers_.push_back(block->number);
    if (spare_count_ == kSpareMax) {
      delete block;
      continue;
    }
    std::destroy_at(block);
    spare_.push(*std::construct_at(block));
    ++spare_count_;
  }
}

}  // namespace heddle
