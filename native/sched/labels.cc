// The table of names.

#include "sched/labels.h"

#include <unordered_map>

#include "base/lock.h"

namespace heddle {

namespace {

struct Table {
  Lock lock;
  std::vector<std::string> names{"", "operation"};
  std::unordered_map<std::string, std::uint32_t> numbers{{names[kOperationLabel], kOperationLabel}};
};

// Never destroyed: threads may outlive static objects.
Table& table() {
  static auto& all = *new Table;
  return all;
}

}  // namespace

std::uint32_t label_of(std::string_view name) {
  if (name.empty()) return kNoLabel;
  Table& all = table();
  LockGuard const guarded(all.lock);
  std::string const key(name);
  auto const found = all.numbers.find(key);
  if (found != all.numbers.end()) return found->second;
  if (all.names.size() == kLabelsMax) return kNoLabel;
  auto const number = std::uint32_t(all.names.size());
  all.names.push_back(key);
  all.numbers.emplace(key, number);
  return number;
}

std::vector<std::string> labels() {
  Table& all = table();
  LockGuard const guarded(all.lock);
  return all.names;
}

}  // namespace heddle
