// Methods that block a thread: pread on this one or on a pool, and memory that is mapped.
#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "method.h"
#include "support/measure.h"

namespace io_bench {
namespace {

void read_block(Job const& job, unsigned slot, std::uint64_t offset) {
  ssize_t const count = pread(job.fd, job.slot(slot), job.block, off_t(offset));
  if (count != ssize_t(job.block)) fail("pread", count < 0 ? errno : EIO);
}

class Pread : public Method {
 public:
  using Method::Method;

  void start(unsigned slot, std::uint64_t offset) override {
    read_block(job_, slot, offset);
    ready_.push_back(slot);
  }

  void finish(Wait, std::vector<unsigned>& done) override {
    done.insert(done.end(), ready_.begin(), ready_.end());
    ready_.clear();
  }

 private:
  std::vector<unsigned> ready_;
};

// As libuv has it: a queue with a lock, and whoever finishes tells the one that waits.
class Threads : public Method {
 public:
  Threads(Job const& job, unsigned count) : Method(job) {
    for (unsigned i = 0; i < count; ++i) threads_.emplace_back([this] { loop(); });
  }

  ~Threads() override {
    {
      std::lock_guard const guard(lock_);
      is_over_ = true;
    }
    asked_.notify_all();
    for (std::thread& thread : threads_) thread.join();
  }

  void start(unsigned slot, std::uint64_t offset) override {
    {
      std::lock_guard const guard(lock_);
      queue_.push_back({slot, offset});
    }
    asked_.notify_one();
  }

  void finish(Wait wait, std::vector<unsigned>& done) override {
    std::unique_lock guard(lock_);
    if (wait == Wait::One) answered_.wait(guard, [this] { return !ready_.empty(); });
    done.insert(done.end(), ready_.begin(), ready_.end());
    ready_.clear();
  }

 private:
  struct Question {
    unsigned slot;
    std::uint64_t offset;
  };

  void loop() {
    std::unique_lock guard(lock_);
    while (true) {
      asked_.wait(guard, [this] { return is_over_ || !queue_.empty(); });
      if (queue_.empty()) return;
      Question const question = queue_.front();
      queue_.pop_front();
      guard.unlock();
      read_block(job_, question.slot, question.offset);
      guard.lock();
      ready_.push_back(question.slot);
      answered_.notify_one();
    }
  }

  std::mutex lock_;
  std::condition_variable asked_, answered_;
  std::deque<Question> queue_;
  std::vector<unsigned> ready_;
  bool is_over_ = false;
  std::vector<std::thread> threads_;
};

class Map : public Method {
 public:
  Map(Job const& job, Features const& features)
      : Method(job), features_(features), places_(job.slots) {}
  ~Map() override { munmap(map_, job_.file_bytes); }

  // All pages are read here if they are to be populated.
  void begin() override {
    int const flags = MAP_SHARED | (features_.has("populate") ? MAP_POPULATE : 0);
    void* const map = mmap(nullptr, job_.file_bytes, PROT_READ, flags, job_.fd, 0);
    checked(std::int64_t(map), "mmap");
    map_ = static_cast<std::byte*>(map);
    if (features_.has("random")) checked(madvise(map, job_.file_bytes, MADV_RANDOM), "madvise");
  }

  void start(unsigned slot, std::uint64_t offset) override {
    places_[slot] = map_ + offset;
    if (job_.touch == Touch::Words) {
      verify_block(places_[slot], job_.block, offset);
    } else {
      verify_pages(places_[slot], job_.block, offset);
    }
    ready_.push_back(slot);
  }

  void finish(Wait, std::vector<unsigned>& done) override {
    done.insert(done.end(), ready_.begin(), ready_.end());
    ready_.clear();
  }

  std::byte const* data(unsigned slot) const override { return places_[slot]; }

 private:
  Features features_;
  std::byte* map_ = nullptr;
  std::vector<std::byte*> places_;
  std::vector<unsigned> ready_;
};

}  // namespace

std::unique_ptr<Method> make_pread(Job const& job) {
  return std::make_unique<Pread>(job);
}

std::unique_ptr<Method> make_threads(Job const& job, unsigned count) {
  return std::make_unique<Threads>(job, count);
}

std::unique_ptr<Method> make_map(Job const& job, Features const& features) {
  return std::make_unique<Map>(job, features);
}

std::unique_ptr<Method> make_method(std::string const& name, Job const& job) {
  Features const features(name);
  std::string const kind = name.substr(0, name.find('+'));
  if (kind == "pread") return make_pread(job);
  if (kind == "threads") return make_threads(job, 4);
  if (kind == "thread") return make_threads(job, 1);
  if (kind == "mmap") return make_map(job, features);
  if (kind == "ring") return make_ring(job, features);
  usage(name.c_str());
}

}  // namespace io_bench
