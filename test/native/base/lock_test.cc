// Unit: a lock is four bytes, needs no constructor at run time, and knows when it is held.

#include "base/lock.h"

#include <thread>

#include "base/check.h"

using namespace heddle;

namespace {

static_assert(sizeof(Lock) == 4);

constinit Lock global;

void a_free_lock_can_be_taken_once() {
  Lock lock;
  CHECK(lock.try_lock());
  CHECK(!lock.try_lock());
  lock.unlock();
  CHECK(lock.try_lock());
  lock.unlock();
}

void a_guard_holds_for_its_block() {
  {
    LockGuard guarded(global);
    CHECK(!global.try_lock());
  }
  CHECK(global.try_lock());
  global.unlock();
}

void who_waits_gets_it_after_the_holder() {
  Lock lock;
  int value = 0;
  lock.lock();
  std::thread waiter([&] {
    LockGuard guarded(lock);
    CHECK(value == 1);
    value = 2;
  });
  value = 1;
  lock.unlock();
  waiter.join();
  CHECK(value == 2);
}

}  // namespace

int main() {
  a_free_lock_can_be_taken_once();
  a_guard_holds_for_its_block();
  who_waits_gets_it_after_the_holder();
}
