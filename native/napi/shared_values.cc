// The timelines and versions that one JavaScript thread knows, and the end of that.

#include "napi/shared_values.h"

#include <utility>

#include "base/check.h"
#include "runtime/weak_registry.h"

namespace heddle::napi {

namespace {

// Never destroyed: threads may outlive static objects.
WeakRegistry<Timeline>& timelines() {
  static auto& all = *new WeakRegistry<Timeline>;
  return all;
}

}  // namespace

SharedValues::~SharedValues() {
  for (auto& [id, part] : versions_) give_back(part);
}

SharedValues::Key SharedValues::share(Crew& crew) {
  Key const key = random_key();
  std::shared_ptr<Timeline> const timeline(new Timeline, [key](Timeline* ended) {
    timelines().remove(key);
    delete ended;
  });
  if (!crew.add(timeline)) return 0;
  timelines().add(key, timeline);
  timelines_.emplace(key, Whole{timeline, 1});
  return key;
}

bool SharedValues::attach(Key key) {
  auto const known = timelines_.find(key);
  if (known != timelines_.end()) {
    ++known->second.holders;
    return true;
  }
  std::shared_ptr<Timeline> timeline = timelines().find(key);
  if (timeline == nullptr) return false;
  timelines_.emplace(key, Whole{std::move(timeline), 1});
  return true;
}

void SharedValues::drop(Key key) {
  auto const found = timelines_.find(key);
  CHECK(found != timelines_.end());
  if (--found->second.holders == 0) timelines_.erase(found);
}

SharedValues::Id SharedValues::now(Key key, bool reads) {
  auto const& timeline = timelines_.at(key).timeline;
  Id const id = id_of(timeline, timeline->now(reads));
  if (reads) ++part(id).reads;
  return id;
}

SharedValues::Next SharedValues::next(Key key) {
  auto const& timeline = timelines_.at(key).timeline;
  auto [version, previous] = timeline->next();
  if (version == nullptr) return {};
  Next next;
  next.version = id_of(timeline, std::move(version));
  part(next.version).writes = true;
  if (previous != nullptr) next.previous = id_of(timeline, std::move(previous));
  return next;
}

void SharedValues::settle(Id id, Contents contents) {
  Part& settled = part(id);
  settled.writes = false;
  (void)settled.timeline->settle(*settled.version, std::move(contents));
}

void SharedValues::hold(Id id) {
  Part& held = part(id);
  ++held.reads;
  held.timeline->hold(*held.version);
}

void SharedValues::release(Id id) {
  Part& released = part(id);
  CHECK(released.reads > 0);
  --released.reads;
  released.timeline->release(*released.version);
}

bool SharedValues::watch(Id id, Moment moment, std::uint32_t token) {
  Part& watched = part(id);
  return watched.timeline->watch(*watched.version, {moment, &told_, token});
}

void SharedValues::forget(Id id) {
  auto const found = versions_.find(id);
  CHECK(found != versions_.end());
  give_back(found->second);
  ids_.erase(found->second.version.get());
  versions_.erase(found);
}

Timeline& SharedValues::timeline(Key key) {
  return *timelines_.at(key).timeline;
}

SharedValues::Part& SharedValues::part(Id id) {
  auto const found = versions_.find(id);
  CHECK(found != versions_.end());
  return found->second;
}

SharedValues::Id SharedValues::id_of(std::shared_ptr<Timeline> const& timeline,
                                     VersionRef version) {
  auto const [known, is_new] = ids_.try_emplace(version.get(), next_id_);
  if (!is_new) return known->second;
  versions_.emplace(next_id_, Part{timeline, std::move(version)});
  return next_id_++;
}

void SharedValues::give_back(Part& part) {
  part.timeline->forget(*part.version, told_);
  if (std::exchange(part.writes, false)) {
    Fault* const gone = make_fault(FaultCode::WriterGone);
    (void)part.timeline->settle(*part.version, Contents::failed(gone));
  }
  for (; part.reads > 0; --part.reads) part.timeline->release(*part.version);
}

}  // namespace heddle::napi
