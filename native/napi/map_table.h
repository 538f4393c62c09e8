#pragma once
// Files that an environment's JavaScript has mapped, and the array buffers on them.
//
// Rules, each of them a crash when broken:
//   T1  A buffer has a share of its mapping until Node says that nobody has its memory. Whoever
//       computes with the bytes natively has a share of its own: Node says so of every buffer
//       before J3, when workers of ours may still be reading.
//   T2  At the end of the environment Node says so, too, of memory that has moved on to another
//       thread, by ArrayBuffer.prototype.transfer() and a message. So what is not in its first
//       buffer any more stays mapped then, also where that was collected a moment ago. Who looks is
//       the witness: a buffer that only the end can take away, and the youngest, as Node begins
//       with the youngest. Where there is no transfer(), as before Node 21, none can have moved.

#include <napi.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <unordered_map>
#include <utility>

#include "runtime/mapped_file.h"

namespace heddle::napi {

// Every function on the environment's thread.
class MapTable : public std::enable_shared_from_this<MapTable> {
 public:
  using Release = std::function<void(std::shared_ptr<Mapping>)>;

  // `release` is given the shares of buffers that are gone, until it is taken away.
  MapTable(Napi::Env env, Release release);
  ~MapTable();
  MapTable(MapTable const&) = delete;
  MapTable& operator=(MapTable const&) = delete;

  // Makes the buffer, and gives the map a number. ENOTSUP: this host wants all memory of buffers
  // to be its own.
  Result<std::uint32_t> add(std::shared_ptr<Mapping> mapping, Napi::Value& buffer);

  // Null: there is none with this number any more.
  std::shared_ptr<Mapping> find(std::uint32_t number) const;

  // The one that this byte is of, or null.
  std::shared_ptr<Mapping> find_by_byte(std::byte const* byte) const;

  void take_release_away() { release_ = nullptr; }

  // Its buffer is empty then. Twice does no harm.
  void detach(std::uint32_t number);

 private:
  struct Entry {
    std::shared_ptr<Mapping> mapping;
    Napi::Reference<Napi::ArrayBuffer> buffer;  // Weak
    bool is_detached = false;                   // By us: nobody has the memory.
  };

  struct Share {
    std::shared_ptr<MapTable> table;
    std::uint32_t number;
  };

  void renew_witness();
  void look();
  void drop(std::uint32_t number);
  bool is_in_its_buffer(Entry& entry);

  static constexpr std::uint32_t kEmpty = 0;  // The number of all that have no bytes.

  Napi::Env const env_;
  bool const can_move_;  // Buffers can.
  Release release_;
  std::shared_ptr<Mapping> empty_;
  std::uint32_t next_ = 1;  // Number, of a map or a witness.
  std::unordered_map<std::uint32_t, Entry> entries_;
  std::map<std::byte const*, std::uint32_t> numbers_;  // By their first bytes.
  Napi::Reference<Napi::ArrayBuffer> witness_;
  std::uint32_t witness_number_ = 0;
};

}  // namespace heddle::napi
