// The one table of texts.

#include "runtime/texts.h"

#include <deque>
#include <unordered_map>

#include "base/check.h"
#include "base/lock.h"

namespace heddle {

namespace {

struct Texts {
  Lock lock;
  std::deque<std::string> all;  // They stay where they are.
  std::unordered_map<std::string_view, std::uint32_t> numbers;
};

// Never destroyed: threads may outlive static objects.
Texts& texts() {
  static auto& all = *new Texts;
  return all;
}

}  // namespace

std::uint32_t number_of_text(std::string_view text) {
  Texts& known = texts();
  LockGuard const guarded(known.lock);
  auto const found = known.numbers.find(text);
  if (found != known.numbers.end()) return found->second;
  known.all.emplace_back(text);
  auto const number = std::uint32_t(known.all.size());
  known.numbers.emplace(known.all.back(), number);
  return number;
}

std::string const& text_of_number(std::uint32_t number) {
  Texts& known = texts();
  LockGuard const guarded(known.lock);
  CHECK(number > 0 && number <= known.all.size());
  return known.all[number - 1];
}

}  // namespace heddle
