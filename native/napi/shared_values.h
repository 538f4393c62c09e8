#pragma once
// Shared values as one JavaScript thread has them: timelines by key, versions by number.
//
// It keeps what JavaScript has not forgotten. When the thread ends, what it was to write has failed
// and what it was to read is free, so that nobody waits for it.

#include <memory>
#include <unordered_map>

#include "runtime/crew.h"

namespace heddle::napi {

class SharedValues {
 public:
  using Key = std::uint64_t;
  using Id = std::uint64_t;  // Of a version; 0: none.

  explicit SharedValues(Notify& told) : told_(told) {}
  ~SharedValues();
  SharedValues(SharedValues const&) = delete;
  SharedValues& operator=(SharedValues const&) = delete;

  // A new timeline of that crew, kept until drop(). 0: the crew is closed.
  Key share(Crew& crew);

  // One that exists, kept until as many drop(). False: there is none.
  bool attach(Key key);
  void drop(Key key);

  Id now(Key key, bool reads);

  struct Next {
    Id version = 0;  // 0: the timeline is closed.
    Id previous = 0;
  };
  Next next(Key key);

  void settle(Id id, Contents contents);
  void hold(Id id);
  void release(Id id);
  bool watch(Id id, Moment moment, std::uint32_t token);
  void forget(Id id);

  Timeline& timeline(Key key);

  // Calls `f` with the timeline and the version.
  template <class F>
  auto with(Id id, F f) {
    Part& part = this->part(id);
    return f(*part.timeline, *part.version);
  }

 private:
  struct Whole {
    std::shared_ptr<Timeline> timeline;
    std::uint32_t holders = 0;
  };

  struct Part {
    std::shared_ptr<Timeline> timeline;
    VersionRef version;
    std::uint32_t reads = 0;
    bool writes = false;
  };

  Part& part(Id id);
  Id id_of(std::shared_ptr<Timeline> const& timeline, VersionRef version);
  void give_back(Part& part);

  Notify& told_;
  std::unordered_map<Key, Whole> timelines_;
  std::unordered_map<Id, Part> versions_;
  std::unordered_map<Version*, Id> ids_;
  Id next_id_ = 1;
};

}  // namespace heddle::napi
