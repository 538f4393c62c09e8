#pragma once
// Where fibers' memory comes from: slabs of many fibers each, mapped at once, freed together.
//
// A slab is one mapping. Pages are committed by first touch, so a fiber that uses little
// costs little, whatever its stack size. Guards are installed per fiber without splitting
// the mapping where the kernel can (Linux 6.13), else with mprotect. Nothing is unmapped
// before the slabs are destroyed: thieves may look at a free fiber's task stack at any time.

#include <cstdint>
#include <vector>

#include "base/lock.h"
#include "fiber/fiber.h"

namespace heddle {

class FiberSlabs {
 public:
  explicit FiberSlabs(FiberSizes const& sizes);
  ~FiberSlabs();  // When no fiber of it runs or will be resumed.
  FiberSlabs(FiberSlabs const&) = delete;
  FiberSlabs& operator=(FiberSlabs const&) = delete;

  // A new fiber with a zeroed tail, or nullptr when the system has no memory. Any thread.
  Fiber* make(Fiber::Body body);

  // The most bytes of a primary stack, and of a tail, that any fiber has touched, to the page. Asks
  // the kernel for every fiber. Any thread.
  FiberSizes touched();

 private:
  struct Slab {
    std::byte* memory;
    std::uint32_t used;
  };

  bool grow();

  FiberSizes const sizes_;
  std::size_t const header_at_;    // From a block's start to its Fiber.
  std::size_t const block_bytes_;  // Guard, stack, Fiber and tail, rounded up to pages.
  std::size_t const slab_bytes_;   // Its blocks, and the guard above the last.
  Lock lock_;
  std::vector<Slab> slabs_;
  std::vector<Fiber*> fibers_;
};

// Free fibers of one thread, and how many it may have. Owner only.
class FiberPool {
 public:
  FiberPool(FiberSlabs& slabs, Fiber::Body body, std::uint32_t limit);

  // False: take() would fail, for the limit's sake, or since there was no memory the last time.
  bool can_take() const { return free_ != nullptr || (made_ < limit_ && !is_starved_); }

  // A fiber that waits for work, or nullptr at the limit or out of memory.
  Fiber* take();
  void give(Fiber& fiber);

  // There may be memory again. give() says so by itself.
  void ask_again() { is_starved_ = false; }

  std::uint32_t in_use() const { return in_use_; }

 private:
  FiberSlabs& slabs_;
  Fiber::Body body_;
  Fiber* free_ = nullptr;
  std::uint32_t limit_;
  std::uint32_t made_ = 0;
  std::uint32_t in_use_ = 0;
  bool is_starved_ = false;
};

}  // namespace heddle
