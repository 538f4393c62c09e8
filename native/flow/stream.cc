// Consuming a command stream, and helping when its thread waits.

#include "flow/stream.h"

#include <utility>

#include "base/check.h"

namespace heddle {

namespace {

constexpr std::size_t kBlocksMax = std::size_t{1} << 24;  // A handle has 32 bits.

// Operand::arrived.
void operand_arrived(Edge& edge, Cell& source, Queue<Job>& ready) {
  auto& operand = static_cast<Operand&>(edge);
  Cell& owner = *operand.owner;
  operand.value = source.value;
  operand.fault = hold(source.fault);
  operand.from.store(nullptr, relaxed);  // D3; published by what follows, and by release().
  // Release publishes the operand to whoever brings the last one; acquire, for that one: all.
  if (owner.missing.fetch_sub(1, acq_rel) == 1) ready.push_back(owner);
}

}  // namespace

Stream::~Stream() {
  for (Block* block : blocks_) delete block;
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
  auto* block = new Block;
  block->number = number;
  block->retired = &retired_;
  for (Cell& cell : block->cells) cell.block = block;
  blocks_[number] = block;
  return number;
}

void Stream::consume(Home* home, Command const* commands, std::uint32_t count) {
  free_retired();
  Queue<Job> ready;
  for (std::uint32_t i = 0; i < count; ++i) record(home, commands[i], ready);
  dispatch(ready);
}

void Stream::record(Home* home, Command const& command, Queue<Job>& ready) {
  auto const operation = CommandCode(command.operation);
  if (operation == CommandCode::FreeBlock) {
    CHECK(command.destination < blocks_.size());
    blocks_[command.destination]->release();
    return;
  }
  Cell& made = cell(command.destination);
  CHECK(!made.is_settled() && made.home == nullptr);  // A handle is recorded once.
  made.type = Type(command.type);
  if (operation == CommandCode::Constant) {
    made.value = command.value;
    made.waiters.store(Cell::settled(), relaxed);  // Nobody else has seen it: T1.
    return;
  }
  CHECK(std::size_t(operation) < kArithmeticCount && home != nullptr);
  made.operation = operation;
  made.kernels = &kernels_;
  made.home = home;
  made.missing.store(3, relaxed);
  home->expect(1);
  made.block->hold();  // T2
  for (int i = 0; i < 2; ++i) connect(made.operands[i], made, cell(command.sources[i]));
  // Acq_rel as in operand_arrived(): the recording itself was the last to be missed.
  if (made.missing.fetch_sub(1, acq_rel) == 1) ready.push_back(made);
}

void Stream::connect(Operand& operand, Cell& owner, Cell& source) {
  CHECK(source.is_settled() || source.home != nullptr);  // Recorded before it is used.
  operand.owner = &owner;
  operand.arrived = operand_arrived;
  operand.from.store(&source, relaxed);  // Before the edge: operand_arrived() clears it.
  if (source.add_edge(operand)) return;
  operand.value = source.value;
  operand.fault = hold(source.fault);
  operand.from.store(nullptr, relaxed);
  owner.missing.fetch_sub(1, relaxed);  // Never the last: record() holds one itself.
}

Cell& Stream::expect(Home& home, Handle handle, Type type) {
  Cell& made = cell(handle);
  CHECK(!made.is_settled() && made.home == nullptr);
  made.type = type;
  made.home = &home;
  // It is no operation that anybody could run: always claimed, never ready.
  made.claimed.store(true, relaxed);
  home.expect(1);
  made.block->hold();
  return made;
}

void settle_outside(Cell& cell) {
  Queue<Job> ready;
  cell.settle(ready);
  cell.block->release();
  dispatch(ready);
}

Cell& Stream::cell(Handle handle) {
  std::uint32_t const number = handle / kBlockCells;
  CHECK(number < blocks_.size() && blocks_[number] != nullptr);
  return blocks_[number]->cells[handle % kBlockCells];
}

// Depth first, with a stack of its own. A cell is looked at when it is pushed, which pushes what
// it waits for, and again when that is done: it can then be run here, unless somebody else has.
void Stream::help(Cell& target) {
  struct Visit {
    Cell* cell;
    bool expanded;
  };
  std::vector<Visit> visits{{&target, false}};
  ++visit_;
  Queue<Job> ready;  // Made ready here, and in no queue yet.
  while (!visits.empty()) {
    Visit& top = visits.back();
    Cell& cell = *top.cell;
    if (!cell.is_settled() && !top.expanded && !cell.is_ready()) {
      top.expanded = true;
      for (Operand& operand : cell.operands) {
        // D3: on this thread what it names is there, even if it is settled meanwhile.
        Cell* source = operand.from.load(relaxed);
        if (source == nullptr || source->visited == visit_) continue;
        source->visited = visit_;
        visits.push_back({source, false});
      }
      continue;
    }
    visits.pop_back();
    if (cell.is_settled() || !cell.is_ready() || !cell.claim()) continue;
    // Acquire pairs with operand_arrived(), which may have run elsewhere: the operands.
    (void)cell.missing.load(acquire);
    cell.compute(ready);
  }
  Queue<Job> left;
  while (Job* job = ready.pop_front()) {
    auto& cell = *static_cast<Cell*>(job);
    if (cell.is_settled()) {
      cell.block->release();  // Run here; it never was in a queue.
    } else {
      left.push_back(cell);
    }
  }
  dispatch(left);
}

void Stream::free_retired() {
  Queue<Block> blocks = retired_.take();
  while (Block* block = blocks.pop_front()) {
    blocks_[block->number] = nullptr;
    free_numbers_.push_back(block->number);
    delete block;
  }
}

}  // namespace heddle
