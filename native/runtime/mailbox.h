#pragma once
// What was finished for one JavaScript thread: collected here, delivered in batches.
//
// Any thread posts letters; only the first one after the thread has dozed off rings the bell,
// so a thousand completions cost one wake-up.
//
// Rules, cited below by name:
//   M1  The bell is rung under the lock, and not after shut(): what it rings may be gone then.
//   M2  A letter is written into a record once, by the owner, or never: both free it.

#include <memory>

#include "base/list.h"
#include "base/lock.h"
#include "runtime/record.h"
#include "sched/inbox.h"

namespace heddle {

struct Letter {
  virtual ~Letter() = default;
  virtual void write(Record& record) = 0;

  Letter* next = nullptr;
};

// Says that something has come, and no more.
struct TokenLetter : Letter {
  TokenLetter(std::uint32_t with, RecordKind of) : token(with), kind(of) {}

  void write(Record& record) override {
    record.token = token;
    record.kind = kind;
  }

  std::uint32_t const token;
  RecordKind const kind;
};

class Mailbox {
 public:
  using Bell = void (*)(void* arg);

  Mailbox(Bell bell, void* arg) : bell_(bell), arg_(arg) {}
  ~Mailbox();  // Nobody posts any more.
  Mailbox(Mailbox const&) = delete;
  Mailbox& operator=(Mailbox const&) = delete;

  // Takes the letter over, or all of them. Any thread.
  void post(std::unique_ptr<Letter> letter);
  void post(Queue<Letter>&& letters);

  // Writes as many letters as fit, oldest first, and returns how many. What they refer to stays
  // until the next call. Owner only.
  std::uint32_t deliver(Record* records, std::uint32_t capacity);

  // The owner waits for the bell from now on. False: there are letters. Owner only.
  [[nodiscard]] bool doze();

  // The bell will not be rung again. Owner only.
  void shut();

 private:
  void ring();

  Bell const bell_;
  void* const arg_;
  Lock lock_;  // M1
  bool is_open_ = true;
  Queue<Letter> taken_;    // Out of the inbox, not yet written.
  Queue<Letter> written_;  // By the last call of deliver().
  Inbox<Letter> inbox_;
};

}  // namespace heddle
