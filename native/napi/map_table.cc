// External array buffers, and who is told of their end.

#include "napi/map_table.h"

#include <cerrno>
#include <iterator>
#include <utility>

#include "base/check.h"

namespace heddle::napi {

namespace {

// True also where the thread is being ended, and cannot say.
bool can_transfer(napi_env env) {
  napi_value buffer = nullptr;
  void* data = nullptr;
  bool can = true;
  if (napi_create_arraybuffer(env, 0, &data, &buffer) != napi_ok) return true;
  return napi_has_named_property(env, buffer, "transfer", &can) != napi_ok || can;
}

}  // namespace

MapTable::MapTable(Napi::Env env, Release release)
    : env_(env), can_move_(can_transfer(env)), release_(std::move(release)) {
}

MapTable::~MapTable() {
  CHECK(numbers_.empty());  // Each buffer's share holds the table.
}

Result<std::uint32_t> MapTable::add(std::shared_ptr<Mapping> mapping, Napi::Value& buffer) {
  std::byte* const data = mapping->data();
  if (data == nullptr) {
    buffer = Napi::ArrayBuffer::New(env_, 0);
    empty_ = std::move(mapping);
    return kEmpty;
  }
  std::uint32_t const number = next_++;
  auto share = std::make_unique<Share>(Share{shared_from_this(), number});
  auto const end = [](napi_env, void*, void* hint) {
    std::unique_ptr<Share> const last(static_cast<Share*>(hint));
    last->table->drop(last->number);
  };
  // V8 counts it as memory behind its objects. To take that back would make the count negative when
  // it frees the buffer, which newer ones do not survive.
  napi_value made = nullptr;
  napi_status const status = napi_create_external_arraybuffer(env_, data, mapping->size(), end,
                                                              share.get(), &made);
  // What fails for no reason of its own has made the buffer, and tells of its end.
  if (status == napi_ok || status == napi_generic_failure) (void)share.release();
  if (status != napi_ok) return Errno{ENOTSUP};
  buffer = Napi::Value(env_, made);
  numbers_.emplace(data, number);
  entries_.emplace(number, Entry{std::move(mapping), Napi::Weak(buffer.As<Napi::ArrayBuffer>())});
  renew_witness();
  return number;
}

// T2: those before it are collected, and say nothing. It fails where the thread is being ended: no
// JavaScript runs any more then that could move anything.
void MapTable::renew_witness() {
  if (!can_move_) return;
  auto share = std::make_unique<Share>(Share{shared_from_this(), next_++});
  auto const end = [](napi_env, void*, void* hint) {
    std::unique_ptr<Share> const last(static_cast<Share*>(hint));
    if (last->number == last->table->witness_number_) last->table->look();
  };
  napi_value made = nullptr;
  napi_status const status = napi_create_external_arraybuffer(env_, share.get(), 1, end,
                                                              share.get(), &made);
  if (status == napi_ok) witness_number_ = share->number;
  if (status == napi_ok || status == napi_generic_failure) (void)share.release();
  if (status != napi_ok) return;
  witness_ = Napi::Persistent(Napi::ArrayBuffer(env_, made));
}

std::shared_ptr<Mapping> MapTable::find(std::uint32_t number) const {
  if (number == kEmpty) return empty_;
  auto const found = entries_.find(number);
  if (found == entries_.end() || found->second.is_detached) return nullptr;
  return found->second.mapping;
}

std::shared_ptr<Mapping> MapTable::find_by_byte(std::byte const* byte) const {
  auto const next = numbers_.upper_bound(byte);
  if (next == numbers_.begin()) return nullptr;
  auto mapping = find(std::prev(next)->second);
  bool const is_inside = mapping != nullptr && byte < mapping->data() + mapping->size();
  return is_inside ? mapping : nullptr;
}

void MapTable::detach(std::uint32_t number) {
  auto const found = entries_.find(number);
  if (found == entries_.end() || !is_in_its_buffer(found->second)) return;
  CHECK(napi_detach_arraybuffer(env_, found->second.buffer.Value()) == napi_ok);
  found->second.is_detached = true;
}

// In a turn of its own, or at the end of the environment.
void MapTable::drop(std::uint32_t number) {
  auto const found = entries_.find(number);
  if (found == entries_.end()) return;
  std::shared_ptr<Mapping> mapping = std::move(found->second.mapping);
  numbers_.erase(mapping->data());
  entries_.erase(found);
  if (release_) release_(std::move(mapping));
}

bool MapTable::is_in_its_buffer(Entry& entry) {
  Napi::HandleScope const scope(env_);
  Napi::Value const buffer = entry.buffer.Value();
  return !buffer.IsEmpty() && !buffer.As<Napi::ArrayBuffer>().IsDetached();
}

// At the end of the environment.
void MapTable::look() {
  for (auto& [number, entry] : entries_) {
    if (!entry.is_detached && !is_in_its_buffer(entry)) entry.mapping->keep_for_ever();
  }
}

}  // namespace heddle::napi
