#pragma once
// A small concurrent program: some shared state, a few threads, and what must hold at the end.

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"

namespace heddle::model {

// Made anew for every execution by a function that always does the same.
class Program {
 public:
  static constexpr std::size_t kThreadsMax = 31;

  // Two or three are the rule.
  void thread(std::string name, std::function<void()> body) {
    CHECK(threads_.size() < kThreadsMax);
    threads_.push_back({std::move(name), std::move(body)});
  }
  void thread(std::function<void()> body) {
    thread("thread " + std::to_string(threads_.size() + 1), std::move(body));
  }

  // Runs after all threads have ended, and sees all that they did.
  void finally(std::function<void()> body) { finally_ = std::move(body); }

  // Shared state. Destroyed after `finally`, the last first, where its destructor may still
  // CHECK.
  template <class T, class... Arguments>
  T* make(Arguments&&... arguments) {
    auto owned = std::make_shared<T>(std::forward<Arguments>(arguments)...);
    state_.push_back(owned);
    return owned.get();
  }

 private:
  friend class Execution;

  struct Body {
    std::string name;
    std::function<void()> run;
  };

  std::vector<Body> threads_;
  std::vector<std::shared_ptr<void>> state_;
  std::function<void()> finally_ = [] {};
};

}  // namespace heddle::model
