// Model: an array that is not wanted any more while it comes. It is freed once, when everybody who
// waited for it has read it: by the stream's thread, or by who brings it, whichever parts second.
//
// The cell, its maker and its block are the stream's own. Freeing the elements is a write to them,
// so who reads them without having come before that is a race.

#include "flow/bare_scheduler.h"

using namespace heddle;

namespace {

struct Elements : ArrayData {
  Plain<int> first = 0;
  int freed = 0;

  int read() const {
    int const value = first.read();
    model::require(value == 42, "read before it was there, or after it was freed");
    return value;
  }

  void free() {
    model::require(freed == 0, "freed twice");
    first.write(-1);
    ++freed;
  }
};

}  // namespace

namespace heddle {

ArrayData* hold(ArrayData* array) {
  array->holders.fetch_add(1, relaxed);
  return array;
}

// As in array_data.cc.
void drop(ArrayData* array) {
  if (array == nullptr) return;
  // Acq_rel as there.
  if (array->holders.fetch_sub(1, acq_rel) == 1) static_cast<Elements*>(array)->free();
}

}  // namespace heddle

namespace {

KernelTable const kNoKernels{};

// Reads the elements when it is told, or keeps them for later.
struct Reader : Edge {
  enum class Way : std::uint8_t { Reads, Keeps };

  Reader() { arrived = on_arrival; }

  static void on_arrival(Edge& self, Cell& cell, Aftermath&) {
    if (model::mutant("told before the edges have read")) cell.tell();
    static_cast<Reader&>(self).take(cell);
  }

  void take(Cell const& cell) {
    model::require(cell.value.array != nullptr, "told when it was dropped");
    if (way == Way::Reads) {
      (void)static_cast<Elements*>(cell.value.array)->read();
      return;
    }
    // Release pairs with read_later().
    kept.store(hold(cell.value.array), release);
  }

  // A task with the array as its operand: any thread.
  void read_later() {
    ArrayData* array = nullptr;
    // Acquire pairs with take().
    while ((array = kept.load(acquire)) == nullptr) cpu_relax();
    (void)static_cast<Elements*>(array)->read();
    drop(array);
  }

  Way way = Way::Reads;
  Atomic<ArrayData*> kept{nullptr};
};

struct Shared {
  Shared() {
    handle = stream.add_block().value() * kBlockCells;
    cell = &stream.expect(home, handle, Type::Array);
  }

  // --- Who brings it.

  void bring() {
    array.first.write(42);
    cell->value.array = &array;
    if (model::mutant("it leaves before it has dropped")) {
      settle_and_leave();
    } else {
      settle_outside(*cell);
    }
  }

  // settle_outside(), in the wrong order.
  void settle_and_leave() {
    Maker& maker = *cell->maker();
    Aftermath after;
    maker.settle(after);
    maker.leave();
    cell->tell();
    if (maker.part()) cell->drop_array();
    after.flush();
  }

  // --- The stream's thread.

  void watch() {
    if (!cell->add_edge(reader)) reader.take(*cell);
  }

  // Environment::drop_array(). False: it has to be asked again.
  bool drop_array() {
    Maker* const maker = cell->maker();
    bool const is_handed_over = maker != nullptr && !part(*maker);
    bool const is_over = is_handed_over || is_told();
    if (is_over && !is_handed_over) drop_told();
    return is_over;
  }

  // Environment::drop_told()
  void drop_told() {
    if (cell->value.array != nullptr) cell->drop_array();
  }

  // Environment::drop_collected_arrays()
  void drop_collected() {
    if (cell->is_told()) drop_told();
  }

  // lib asks until it is over, and does other things meanwhile.
  void drop_until_over() {
    while (!drop_array()) {
      cpu_relax();
      stream.free_retired();
    }
  }

  bool part(Maker& maker) const {
    if (!model::mutant("parting is a load and a store")) return maker.part();
    bool const is_second = maker.is_parted.load(relaxed);
    maker.is_parted.store(true, relaxed);
    return is_second;
  }

  bool is_told() const {
    if (model::mutant("whoever is second drops")) return true;
    if (model::mutant("settled is as good as told")) return cell->is_settled();
    return cell->is_told();
  }

  // JavaScript has no handles in it any more; the memory is used again once nobody else has any.
  void free_block() {
    Command command{};
    command.operation = std::uint8_t(CommandCode::FreeBlock);
    command.destination = handle / kBlockCells;
    stream.consume(nullptr, &command, 1);
    for (stream.free_retired(); stream.bytes() != 0; stream.free_retired()) cpu_relax();
  }

  void end() {
    stream.free_retired();
    model::require(home.makers == 0, "a maker has not left");
    model::require(home.is_quiet(), "a value is missing");
    model::require(array.freed == 1, "never freed");
  }

  test::BareScheduler scheduler;
  Home home{scheduler.scheduler()};
  Elements array;
  Stream stream{kNoKernels};
  Handle handle = 0;
  Cell* cell = nullptr;
  Reader reader;
};

void it_is_dropped_while_it_comes(model::Program& program) {
  auto* s = program.make<Shared>();
  program.thread("brings", [=] { s->bring(); });
  program.thread("drops", [=] { s->drop_until_over(); });
  program.finally([=] { s->end(); });
}

void who_waits_reads_it_first(model::Program& program) {
  auto* s = program.make<Shared>();
  program.thread("brings", [=] { s->bring(); });
  program.thread("waits and drops", [=] {
    s->watch();
    s->drop_until_over();
  });
  program.finally([=] { s->end(); });
}

// Its slot was collected, and is finalized later: both ask.
void it_is_collected_and_dropped(model::Program& program) {
  auto* s = program.make<Shared>();
  program.thread("brings", [=] { s->bring(); });
  program.thread("waits and drops", [=] {
    s->watch();
    s->drop_collected();
    s->drop_until_over();
  });
  program.finally([=] { s->end(); });
}

void an_operation_keeps_it(model::Program& program) {
  auto* s = program.make<Shared>();
  s->reader.way = Reader::Way::Keeps;
  program.thread("brings", [=] { s->bring(); });
  program.thread("waits and drops", [=] {
    s->watch();
    s->drop_until_over();
  });
  program.thread("computes", [=] { s->reader.read_later(); });
  program.finally([=] { s->end(); });
}

// The cell is gone as soon as its maker has left.
void its_block_is_freed(model::Program& program) {
  auto* s = program.make<Shared>();
  program.thread("brings", [=] { s->bring(); });
  program.thread("drops", [=] {
    s->drop_until_over();
    s->free_block();
  });
  program.finally([=] { s->end(); });
}

// Nobody drops it by hand: whoever frees the cell does.
void it_goes_with_its_block(model::Program& program) {
  auto* s = program.make<Shared>();
  program.thread("brings", [=] { s->bring(); });
  program.thread("waits and forgets", [=] {
    s->watch();
    s->free_block();
  });
  program.finally([=] { s->end(); });
}

}  // namespace

int main(int argc, char** argv) {
  return model::Suite()
      .program("it is dropped while it comes", it_is_dropped_while_it_comes)
      .program("who waits reads it first", who_waits_reads_it_first)
      .program("it is collected and dropped", it_is_collected_and_dropped)
      .program("an operation keeps it", an_operation_keeps_it, {.preemptions = 2})
      .program("its block is freed", its_block_is_freed, {.preemptions = 2})
      .program("it goes with its block", it_goes_with_its_block, {.preemptions = 2})
      .mutates("cell.h")
      .mutates("cell.cc")
      .mutates("stream.h")
      .run(argc, argv);
}
