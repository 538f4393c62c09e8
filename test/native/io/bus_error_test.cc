// Who is asked when a page is missing: we where it is ours, else whoever was there before us. In
// children, as how these end is what counts.

#include "io/bus_error.h"

#include <signal.h>
#include <sys/mman.h>

#include <cstring>

#include "io/mappings.h"
#include "support/child.h"
#include "support/process.h"
#include "support/scratch.h"

using namespace heddle;
using test::byte_at;
using test::cut;
using test::mapped;
using test::page_bytes;
using test::Scratch;

namespace {

void write_text(char const* text) {
  (void)!::write(STDERR_FILENO, text, std::strlen(text));
}

// Reads what another program part has mapped, and that is not there.
void fault_elsewhere() {
  Scratch const scratch;
  std::string const path = scratch.file("other", "x");
  int const fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  void* const memory = mmap(nullptr, page_bytes(), PROT_READ, MAP_SHARED, fd, 0);
  CHECK(memory != MAP_FAILED);
  cut(path, 0);
  (void)*static_cast<char volatile*>(memory);
}

// Reads what was cut off a file of ours.
void fault_here() {
  Scratch const scratch;
  std::string const path = scratch.file("ours", "x");
  auto const one = mapped(path);
  cut(path, 0);
  CHECK(byte_at(*one, 0) == std::byte{0} && one->is_cut());
}

using Handler = void (*)(int, siginfo_t*, void*);

struct sigaction set_handler(Handler handler) {
  struct sigaction action = {};
  action.sa_sigaction = handler;
  action.sa_flags = SA_SIGINFO;
  struct sigaction before;
  CHECK(sigaction(SIGBUS, &action, &before) == 0);
  return before;
}

void say_theirs_and_exit(int number, siginfo_t* info, void* context) {
  if (number != SIGBUS || info->si_code != BUS_ADRERR || context == nullptr) return;
  write_text("theirs\n");
  _exit(7);
}

void a_fault_elsewhere_goes_to_the_handler_before() {
  test::Ending const ending = test::in_child([] {
    set_handler(say_theirs_and_exit);
    fault_here();
    fault_elsewhere();
  });
  CHECK_ENDING(ending, ending.is_exit(7) && ending.message == "theirs\n");
}

void a_fault_elsewhere_without_a_handler_kills() {
  test::Ending const ending = test::in_child([] {
    signal(SIGBUS, SIG_DFL);  // The sanitizers' goes.
    fault_here();
    fault_elsewhere();
  });
  CHECK_ENDING(ending, ending.is_killed_by(SIGBUS));
}

// An address that was ours is whoever's it is now.
void a_fault_where_a_map_was_goes_to_the_handler_before() {
  test::Ending const ending = test::in_child([] {
    set_handler(say_theirs_and_exit);
    Scratch const scratch;
    auto one = mapped(scratch.file("ours", "x"));
    void* const address = one->data();
    one.reset();
    std::string const path = scratch.file("other", "x");
    int const fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    void* const memory = mmap(address, page_bytes(), PROT_READ, MAP_SHARED | MAP_FIXED, fd, 0);
    CHECK(memory == address);
    cut(path, 0);
    (void)*static_cast<char volatile*>(memory);
  });
  CHECK_ENDING(ending, ending.is_exit(7));
}

// Who has a handler that is none of ours gets it back with the next map.
void a_handler_that_has_replaced_ours_is_asked_after_it() {
  test::Ending const ending = test::in_child([] {
    fault_here();
    set_handler(say_theirs_and_exit);
    fault_here();
    fault_here();
    fault_elsewhere();
  });
  CHECK_ENDING(ending, ending.is_exit(7) && ending.message == "theirs\n");
}

struct sigaction ours;

void say_and_ask_ours(int number, siginfo_t* info, void* context) {
  write_text("theirs\n");
  ours.sa_sigaction(number, info, context);
}

void a_handler_that_asks_ours_is_asked_once() {
  test::Ending const ending = test::in_child([] {
    signal(SIGBUS, SIG_DFL);
    fault_here();
    ours = set_handler(say_and_ask_ours);
    fault_here();  // Ours is the first again.
    fault_elsewhere();
  });
  CHECK_ENDING(ending, !ending.is_exit(0) && ending.message.starts_with("theirs\n"));
  CHECK_ENDING(ending, ending.message.find("theirs", 1) == std::string::npos);
  if (!test::kSanitized) CHECK_ENDING(ending, ending.is_killed_by(SIGBUS));
}

void more_handlers_than_are_remembered_do_no_harm() {
  test::Ending const ending = test::in_child([] {
    set_handler(say_theirs_and_exit);
    fault_here();
    Handler const others[] = {
        [](int, siginfo_t*, void*) {},
        [](int, siginfo_t*, void*) { _exit(11); },
        [](int, siginfo_t*, void*) { _exit(12); },
        [](int, siginfo_t*, void*) { _exit(13); },
        [](int, siginfo_t*, void*) { _exit(14); },
        [](int, siginfo_t*, void*) { _exit(15); },
        [](int, siginfo_t*, void*) { _exit(16); },
        [](int, siginfo_t*, void*) { _exit(17); },
        [](int, siginfo_t*, void*) { _exit(18); },
        [](int, siginfo_t*, void*) { _exit(19); },
    };
    for (Handler const other : others) {
      set_handler(other);
      fault_here();
    }
    set_handler(say_theirs_and_exit);  // Which is remembered.
    fault_here();
    fault_elsewhere();
  });
  CHECK_ENDING(ending, ending.is_exit(7));
}

void a_signal_that_was_sent_does_what_it_did_before() {
  test::Ending const ending = test::in_child([] {
    signal(SIGBUS, SIG_IGN);
    fault_here();
    raise(SIGBUS);
    write_text("survived\n");
    signal(SIGBUS, [](int) { _exit(8); });
    fault_here();
    raise(SIGBUS);
  });
  CHECK_ENDING(ending, ending.is_exit(8) && ending.message == "survived\n");
}

}  // namespace

int main() {
  a_fault_elsewhere_goes_to_the_handler_before();
  a_fault_elsewhere_without_a_handler_kills();
  a_fault_where_a_map_was_goes_to_the_handler_before();
  a_handler_that_has_replaced_ours_is_asked_after_it();
  a_handler_that_asks_ours_is_asked_once();
  more_handlers_than_are_remembered_do_no_harm();
  a_signal_that_was_sent_does_what_it_did_before();
}
