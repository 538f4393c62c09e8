#pragma once
// What a thread knows: which stores it can no longer miss, and what happened before it.

#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

namespace heddle::model {

// A store's place in the modification order of its location. 0 is before every store.
using Stamp = std::uint32_t;

// A stamp for each of many things, 0 where nothing was said.
class Stamps {
 public:
  Stamp at(std::uint32_t i) const { return i < stamps_.size() ? stamps_[i] : 0; }

  void raise(std::uint32_t i, Stamp stamp) {
    if (i >= stamps_.size()) stamps_.resize(i + 1, 0);
    stamps_[i] = std::max(stamps_[i], stamp);
  }

  void join(Stamps const& other) {
    if (stamps_.size() < other.stamps_.size()) stamps_.resize(other.stamps_.size(), 0);
    for (std::size_t i = 0; i < other.stamps_.size(); ++i) {
      stamps_[i] = std::max(stamps_[i], other.stamps_[i]);
    }
  }

  void clear() { stamps_.clear(); }

 private:
  std::vector<Stamp> stamps_;
};

// Release hands a View over, acquire takes it.
struct View {
  Stamps seen;      // By location: no older store than this may be read any more.
  Stamps happened;  // By thread: how many of its plain accesses happened before.

  void join(View const& other) {
    seen.join(other.seen);
    happened.join(other.happened);
  }

  void clear() {
    seen.clear();
    happened.clear();
  }
};

// Views that stores carry. All live until the next execution, which uses their memory again.
class ViewPool {
 public:
  View& take() {
    if (used_ == views_.size()) views_.push_back(std::make_unique<View>());
    View& view = *views_[used_++];
    view.clear();
    return view;
  }

  View const* keep(View const& view) {
    View& copy = take();
    copy = view;
    return &copy;
  }

  void take_all_back() { used_ = 0; }

 private:
  std::vector<std::unique_ptr<View>> views_;
  std::size_t used_ = 0;
};

}  // namespace heddle::model
