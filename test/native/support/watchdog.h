#pragma once
// Ends a test that hangs, with a message and a list of what its threads are doing.
//
// The test says progress() now and then; when it has been silent for a minute the process is
// aborted. There is no second try: a hang is a failure.

#include <dirent.h>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <mutex>
#include <string>
#include <thread>
#include <utility>

namespace heddle::test {

class Watchdog {
 public:
  using Seconds = std::chrono::seconds;

  // `dump` runs before the abort, beside threads that hang: it may only read and print.
  explicit Watchdog(
      std::function<void()> dump = [] {}, Seconds silence_max = Seconds(60))
      : dump_(std::move(dump)), silence_max_(silence_max), thread_([this] { watch(); }) {}

  Watchdog(Watchdog const&) = delete;
  Watchdog& operator=(Watchdog const&) = delete;

  ~Watchdog() {
    {
      std::lock_guard guarded(mutex_);
      done_ = true;
    }
    wake_.notify_one();
    thread_.join();
  }

  // Any thread.
  void progress() { count_.fetch_add(1, std::memory_order_relaxed); }

 private:
  void watch() {
    std::unique_lock guarded(mutex_);
    std::uint64_t before = count_.load(std::memory_order_relaxed);
    while (!wake_.wait_for(guarded, silence_max_, [this] { return done_; })) {
      std::uint64_t const now = count_.load(std::memory_order_relaxed);
      if (now == before) bark();
      before = now;
    }
  }

  [[noreturn]] void bark() const {
    std::fprintf(stderr, "watchdog: no progress for %lld s, after %llu steps\n",
                 static_cast<long long>(silence_max_.count()),
                 static_cast<unsigned long long>(count_.load(std::memory_order_relaxed)));
    print_threads();
    dump_();
    std::fflush(nullptr);
    std::abort();
  }

  // Every thread's name, its state, and where in the kernel it waits.
  static void print_threads() {
    constexpr char const* kTasks = "/proc/self/task";
    DIR* tasks = opendir(kTasks);
    if (tasks == nullptr) return;
    while (dirent const* entry = readdir(tasks)) {
      std::string const thread = entry->d_name;
      if (thread.front() == '.') continue;
      std::string const folder = std::string(kTasks) + "/" + thread;
      std::fprintf(stderr, "  %s %s: %s, %s\n", thread.c_str(),
                   first_line(folder + "/comm").c_str(), state(folder + "/status").c_str(),
                   first_line(folder + "/wchan").c_str());
    }
    closedir(tasks);
  }

  static std::string first_line(std::string const& path) {
    std::ifstream file(path);
    std::string line;
    std::getline(file, line);
    return line;
  }

  static std::string state(std::string const& path) {
    std::ifstream file(path);
    std::string line;
    while (std::getline(file, line)) {
      if (line.rfind("State:", 0) == 0) return line.substr(7);
    }
    return "?";
  }

  std::function<void()> dump_;
  Seconds silence_max_;
  std::atomic<std::uint64_t> count_{0};
  std::mutex mutex_;
  std::condition_variable wake_;
  bool done_ = false;
  std::thread thread_;  // Last: it uses the rest.
};

}  // namespace heddle::test
