// Posting and delivering letters.

#include "runtime/mailbox.h"

namespace heddle {

namespace {

void free(Queue<Letter>& letters) {
  while (Letter* letter = letters.pop_front()) delete letter;
}

}  // namespace

Mailbox::~Mailbox() {
  taken_.append(inbox_.take());
  taken_.append(std::move(written_));
  free(taken_);  // M2
}

void Mailbox::post(std::unique_ptr<Letter> letter) {
  if (inbox_.push(*letter.release())) ring();
}

void Mailbox::post(Queue<Letter>&& letters) {
  Letter* const oldest = letters.front();
  if (oldest == nullptr) return;
  Stack<Letter> chain;
  while (Letter* letter = letters.pop_front()) chain.push(*letter);
  if (inbox_.push_chain(*chain.top(), *oldest)) ring();
}

void Mailbox::ring() {
  LockGuard guarded(lock_);
  if (is_open_) bell_(arg_);
}

std::uint32_t Mailbox::deliver(Record* records, std::uint32_t capacity) {
  free(written_);
  if (taken_.empty()) taken_ = inbox_.take();
  std::uint32_t count = 0;
  while (count < capacity && !taken_.empty()) {
    Letter* const letter = taken_.pop_front();
    records[count] = Record{};
    letter->write(records[count]);
    written_.push_back(*letter);
    ++count;
  }
  return count;
}

bool Mailbox::doze() {
  return taken_.empty() && inbox_.doze();
}

void Mailbox::shut() {
  LockGuard guarded(lock_);
  is_open_ = false;
}

}  // namespace heddle
