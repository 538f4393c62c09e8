// Files in memory: what they show, what becomes of them when the file is cut, how they are brought
// in.

#include "io/mapping.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include <cstring>
#include <vector>

#include "base/text_file.h"
#include "io/fibers.h"
#include "io/mappings.h"
#include "io/populate.h"
#include "support/child.h"
#include "support/poor_kernel.h"
#include "support/process.h"

using namespace heddle;
using test::byte_at;
using test::cut;
using test::kAny;
using test::map;
using test::mapped;
using test::page_bytes;
using test::Scratch;

namespace {

bool is_at(Mapping const& mapping, std::size_t at, std::string const& expected) {
  return std::memcmp(mapping.data() + at, expected.data(), expected.size()) == 0;
}

void a_map_has_what_the_file_has() {
  Scratch const scratch;
  std::string const text = test::pattern(3 * page_bytes() + 1);
  std::string const path = scratch.file("text", text);
  for (auto advice : {Advice::Normal, Advice::Sequential, Advice::Random}) {
    auto const result = map(path, text.size(), advice);
    CHECK(result.ok() && result.value()->size() == text.size());
    CHECK(is_at(*result.value(), 0, text) && !result.value()->is_cut());
  }
}

void changes_stay_in_the_map() {
  Scratch const scratch;
  std::string const path = scratch.file("text", "abc");
  auto const one = mapped(path);
  byte_at(*one, 1) = std::byte{'x'};
  CHECK(is_at(*one, 0, "axc") && is_at(*mapped(path), 0, "abc"));
}

void an_empty_file_has_no_bytes() {
  Scratch const scratch;
  auto const empty = mapped(scratch.file("empty", ""));
  CHECK(empty->data() == nullptr && empty->size() == 0 && !empty->is_cut());
}

void what_cannot_be_mapped() {
  Scratch const scratch;
  std::string const pipe = scratch.path("pipe");
  CHECK(mkfifo(pipe.c_str(), 0600) == 0);
  CHECK(map(pipe).error() == Errno{ENODEV});
  CHECK(map("/tmp").error() == Errno{EISDIR});
  CHECK(map("/dev/zero").error() == Errno{ENODEV});
  CHECK(map("/proc/self/status").error() == Errno{ENODEV});
  CHECK(map(scratch.file("long", "12345"), 4).error() == Errno{EFBIG});
}

void what_was_cut_off_is_zeros() {
  Scratch const scratch;
  std::size_t const page = page_bytes();
  std::string const text(4 * page, 'x');
  std::string const path = scratch.file("text", text);
  auto const one = mapped(path);
  byte_at(*one, 3 * page) = std::byte{'y'};
  cut(path, page + 5);
  CHECK(byte_at(*one, page + 4) == std::byte{'x'} && !one->is_cut());
  CHECK(byte_at(*one, page + 5) == std::byte{0} && !one->is_cut());  // Within the last page.
  for (std::size_t at = 4 * page - 1; at >= 2 * page; --at) CHECK(byte_at(*one, at) == std::byte{});
  CHECK(one->is_cut() && is_at(*one, 0, text.substr(0, page)));
  byte_at(*one, 2 * page) = std::byte{'z'};
  cut(path, 0);
  CHECK(byte_at(*one, 0) == std::byte{0} && byte_at(*one, 2 * page) == std::byte{'z'});
  CHECK(!mapped(scratch.file("other", "x"))->is_cut());
}

void what_is_written_where_the_file_was_cut_stays() {
  Scratch const scratch;
  std::string const path = scratch.file("text", std::string(page_bytes(), 'x'));
  auto const one = mapped(path);
  cut(path, 0);
  byte_at(*one, 7) = std::byte{'a'};
  byte_at(*one, 8) = std::byte{'b'};
  CHECK(is_at(*one, 7, "ab") && one->is_cut());
}

void a_file_that_has_grown_again_is_read_again() {
  Scratch const scratch;
  std::string const path = scratch.file("text", "abc");
  auto const one = mapped(path);
  cut(path, 0);
  cut(path, 3);
  int const fd = ::open(path.c_str(), O_WRONLY | O_CLOEXEC);
  CHECK(::write(fd, "xyz", 3) == 3);
  ::close(fd);
  CHECK(is_at(*one, 0, "xyz") && !one->is_cut());
}

// Every page that is replaced takes a mapping, of which there are only so many.
void a_cut_file_is_read_though_there_are_no_more_mappings() {
  std::size_t const most = std::strtoull(read_text("/proc/sys/vm/max_map_count").c_str(), nullptr,
                                         10);
  if (most == 0 || most > 200'000 || test::kSanitized) {
    std::printf("skipped: as many mappings as one likes, or none left for a sanitizer\n");
    return;
  }
  Scratch const scratch;
  std::size_t const pages = 3 * most;
  std::string const path = scratch.file("text", "");
  cut(path, pages * page_bytes());
  test::Ending const ending = test::in_child([&] {
    auto const one = mapped(path);
    cut(path, 0);
    for (std::size_t i = 0; i < pages; i += 2) {
      if (byte_at(*one, i * page_bytes()) != std::byte{0}) _exit(1);
    }
    if (!one->is_cut()) _exit(2);
  });
  CHECK_ENDING(ending, ending.is_exit(0));
}

// --- Bringing it into memory.

bool is_in_memory(Mapping const& mapping, std::size_t at, std::size_t bytes) {
  std::vector<unsigned char> pages((bytes + page_bytes() - 1) / page_bytes());
  CHECK(mincore(mapping.data() + at, bytes, pages.data()) == 0);
  for (unsigned char const page : pages) {
    if ((page & 1) == 0) return false;
  }
  return true;
}

void prefetch_brings_in_what_it_is_asked_for() {
  test::on_fibers([](Io& io) {
    Scratch const scratch;
    std::string const text = test::pattern((17 << 20) + 3);  // More than two operations.
    std::string const path = scratch.file("text", text);
    for (auto advice : {Advice::Normal, Advice::Random}) {
      test::make_cold(path);
      auto const one = map(path, kAny, advice).value();
      CHECK(prefetch(io, *one, 5, 1).ok() && is_in_memory(*one, 0, 1));
      CHECK(prefetch(io, *one, 0, text.size()).ok());
      CHECK(is_in_memory(*one, 0, text.size()) && !one->is_cut());
      CHECK(prefetch(io, *one, text.size(), 0).ok());
      CHECK(is_at(*one, 0, text));
    }
    auto const empty = mapped(scratch.file("empty", ""));
    CHECK(prefetch(io, *empty, 0, 0).ok());
  });
}

void prefetch_passes_over_what_was_cut_off() {
  test::on_fibers([](Io& io) {
    Scratch const scratch;
    std::string const path = scratch.file("text", test::pattern(20 << 20));
    auto const one = mapped(path);
    cut(path, 5000);
    CHECK(prefetch(io, *one, 0, one->size()).ok() && one->is_cut());
    CHECK(is_at(*one, 0, test::pattern(5000)) && byte_at(*one, 20'000) == std::byte{0});
  });
}

bool is_mapped(std::string const& path) {
  return read_text("/proc/self/maps").find(path) != std::string::npos;
}

void the_last_share_unmaps_whichever_thread_does_it() {
  test::with_engines([](Io& io) {
    Scratch const scratch;
    for (std::size_t const bytes : {std::size_t{1}, std::size_t{8} << 20}) {
      std::string const path = scratch.file("text" + std::to_string(bytes), test::pattern(bytes));
      auto const one = mapped(path);
      let_go(io, one);
      CHECK(is_at(*one, 0, test::pattern(1)) && is_mapped(path));
      auto other = mapped(path);
      std::byte* const data = other->data();
      let_go(io, std::move(other));
      CHECK(!mapped_file_ranges.find(reinterpret_cast<std::uintptr_t>(data)));
    }
    let_go(io, mapped(scratch.file("empty", "")));
    std::string const late = scratch.file("late", test::pattern(8 << 20));
    auto two = mapped(late);
    io.stop();
    CHECK(!is_mapped(scratch.path("text")));
    let_go(io, std::move(two));
    CHECK(!is_mapped(late));
  });
}

// The only way there was before Linux 5.14, where a system-call filter plays the old kernel.
void old_kernels_bring_it_in_by_touching() {
  Scratch const scratch;
  std::string const path = scratch.file("text", test::pattern(3 << 20));
  test::make_cold(path);
  test::Ending const ending = test::in_child([&] {
    constexpr unsigned kPopulateRead = 22;
    test::refuse_advice(kPopulateRead);
    auto const one = mapped(path);
    Interruptible self;
    CHECK(populate(one->data(), one->size(), self) == 0);
    CHECK(is_in_memory(*one, 0, one->size()) && !one->is_cut());
    cut(path, 1 << 20);
    CHECK(populate(one->data(), one->size(), self) == 0 && one->is_cut());
    self.interrupt();
    CHECK(populate(one->data(), one->size(), self) == -ECANCELED);
  });
  if (ending.is_exit(test::kCannotFilter)) {
    std::printf("skipped: no system-call filters here\n");
    return;
  }
  CHECK_ENDING(ending, ending.is_exit(0));
}

}  // namespace

int main() {
  a_map_has_what_the_file_has();
  changes_stay_in_the_map();
  an_empty_file_has_no_bytes();
  what_cannot_be_mapped();
  what_was_cut_off_is_zeros();
  what_is_written_where_the_file_was_cut_stays();
  a_file_that_has_grown_again_is_read_again();
  a_cut_file_is_read_though_there_are_no_more_mappings();
  prefetch_brings_in_what_it_is_asked_for();
  prefetch_passes_over_what_was_cut_off();
  the_last_share_unmaps_whichever_thread_does_it();
  old_kernels_bring_it_in_by_touching();
}
