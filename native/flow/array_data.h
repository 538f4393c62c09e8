#pragma once
// The elements of an array that is a value: counted, never changed once they are there.

#include <cstddef>
#include <cstdint>

#include "base/atomic.h"
#include "sched/inbox.h"

namespace heddle {

struct ArrayData {
  ArrayData* next = nullptr;  // For the inbox.
  std::byte* data = nullptr;
  std::size_t bytes = 0;
  // Where it goes when nobody holds it any more; null: back to array_memory.
  Inbox<ArrayData>* lender = nullptr;
  Atomic<std::uint32_t> holders{1};
};

// Elements to be written, held once; null: there is no memory. Any thread.
ArrayData* make_array(std::size_t bytes);

// Memory of somebody else's, who takes `data` out of the inbox when it is not used any more.
ArrayData* borrow_array(std::byte* data, std::size_t bytes, Inbox<ArrayData>& lender);

ArrayData* hold(ArrayData* array);
void drop(ArrayData* array);  // The last holder gives it back. Null is fine.

}  // namespace heddle
