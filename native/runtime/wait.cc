// Waiting for values and for quiet: from a thread that blocks, or by a letter.

#include <memory>

#include "base/check.h"
#include "runtime/runtime.h"

namespace heddle {

// A wait on a futex that may be given up: waiter and notifier each hold it once.
struct Parking {
  Atomic<std::uint32_t> done{0};
  Atomic<std::uint32_t> holders{2};

  void finish() {
    // Release pairs with wait(): whatever came before.
    done.store(1, release);
    futex_wake(done, 1);
  }

  bool wait(std::uint64_t deadline_ns) {
    // Acquire pairs with finish().
    while (done.load(acquire) == 0) {
      if (!futex_wait_until(done, 0, deadline_ns)) break;
    }
    // Acquire as above.
    return done.load(acquire) != 0;
  }

  // True: the caller was the last to hold it, and frees it.
  [[nodiscard]] bool let_go() {
    // Acq_rel: the other's last touch comes before the memory goes.
    return holders.fetch_sub(1, acq_rel) == 1;
  }
};

// How a thread that blocks is told that a cell has settled.
struct CellWaiter::Wait : Edge, Parking {
  static void on_arrival(Edge& self, Cell&, Aftermath&) {
    auto& wait = static_cast<Wait&>(self);
    wait.finish();
    if (wait.let_go()) delete &wait;
  }
};

namespace {

struct QuietWait : Home::Watcher, Parking {
  static void on_quiet(Home::Watcher& self) {
    auto& wait = static_cast<QuietWait&>(self);
    wait.finish();
    if (wait.let_go()) delete &wait;
  }
};

struct ValueLetter : Notice, Letter {
  static void on_arrival(Edge& self, Cell& cell, Aftermath& after) {
    auto& letter = static_cast<ValueLetter&>(self);
    describe(cell, letter.record);
    letter.fault = hold(cell.fault);
    after.note(letter);
  }

  // Posts all that are for the same thread, at the price of one.
  static void on_told(Queue<Edge>& notices) {
    Mailbox& mailbox = *static_cast<ValueLetter*>(notices.front())->mailbox;
    Queue<Letter> letters;
    while (Edge* const edge = notices.front()) {
      auto& notice = static_cast<Notice&>(*edge);
      if (notice.told != on_told || static_cast<ValueLetter&>(notice).mailbox != &mailbox) break;
      (void)notices.pop_front();
      letters.push_back(static_cast<ValueLetter&>(notice));
    }
    mailbox.post(std::move(letters));
  }

  ~ValueLetter() override { drop(fault); }

  void write(Record& to) override {
    to = record;
    to.token = token;
  }

  Mailbox* mailbox = nullptr;
  std::uint32_t token = 0;
  Record record{};  // Not the cell: its block may be gone when the letter is read.
  Fault* fault = nullptr;
};

struct DrainedLetter : Home::Watcher, TokenLetter {
  DrainedLetter(Mailbox& to, std::uint32_t with)
      : TokenLetter(with, RecordKind::Drained), mailbox(to) {
    quiet = on_quiet;
  }

  static void on_quiet(Home::Watcher& self) {
    auto& letter = static_cast<DrainedLetter&>(self);
    letter.mailbox.post(std::unique_ptr<Letter>(&letter));
  }

  Mailbox& mailbox;
};

}  // namespace

CellWaiter::~CellWaiter() {
  forget();
}

bool CellWaiter::wait(Stream& stream, Cell& cell, std::uint64_t deadline_ns) {
  if (cell_ != &cell) forget();
  if (cell.is_settled()) {
    forget();
    return true;
  }
  if (wait_ == nullptr) {
    stream.help(cell);
    auto* wait = new Wait;
    wait->arrived = Wait::on_arrival;
    if (!cell.add_edge(*wait)) {
      delete wait;
      return true;
    }
    wait_ = wait;
    cell_ = &cell;
  }
  bool const settled = wait_->wait(deadline_ns);
  if (settled) forget();
  return settled;
}

void CellWaiter::forget() {
  if (wait_ != nullptr && wait_->let_go()) delete wait_;
  wait_ = nullptr;
  cell_ = nullptr;
}

bool Runtime::wait_drained(std::uint64_t deadline_ns) {
  auto* wait = new QuietWait;
  wait->quiet = QuietWait::on_quiet;
  home_.watch(*wait);
  bool const quiet = wait->wait(deadline_ns);
  if (wait->let_go()) delete wait;
  return quiet;
}

bool notify_settled(Mailbox& mailbox, Cell& cell, std::uint32_t token) {
  if (cell.is_settled()) return false;
  auto letter = std::make_unique<ValueLetter>();
  letter->arrived = ValueLetter::on_arrival;
  letter->told = ValueLetter::on_told;
  letter->mailbox = &mailbox;
  letter->token = token;
  if (!cell.add_edge(*letter)) return false;
  (void)letter.release();  // Whoever settles the cell has it now.
  return true;
}

void Runtime::notify_drained(Mailbox& mailbox, std::uint32_t token) {
  home_.watch(*new DrainedLetter(mailbox, token));
}

void describe(Cell const& cell, Record& record) {
  CHECK(cell.is_settled());
  describe(cell.value, cell.fault, record);
  record.type = std::uint32_t(cell.type());
}

void describe(Value const& value, Fault* fault, Record& record) {
  record.kind = RecordKind::Value;
  record.value = value;
  if (fault == nullptr) return;
  fault->is_observed.store(true, relaxed);  // By the thread that reads the record.
  record.fault = std::uint32_t(fault->code);
  record.fault_id = fault->id;
  record.operation = std::uint32_t(fault->operation);
  record.error = fault->error_number;
  record.call = std::uint32_t(fault->call);
  record.left = fault->left.integer;
  record.right = fault->right.integer;
  if (fault->code == FaultCode::Kernel) {
    record.error = std::int32_t(fault->kernel);
    // Read before the cell can go: with the record.
    record.left = std::int64_t(reinterpret_cast<std::uintptr_t>(fault->bytes));
  }
}

}  // namespace heddle
