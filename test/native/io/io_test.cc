// Unit: which engine is chosen, what is said about it, and that the choice holds when the
// machine is poor: no permission, no memory, no threads, no signals.
//
// Each case runs in a child of its own, where it can forbid and limit what it likes.

#include "io/io.h"

#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include <csignal>
#include <cstddef>
#include <cstdlib>
#include <string>

#include "io/engines.h"
#include "io/interrupt.h"
#include "support/child.h"
#include "support/process.h"

using namespace heddle;
using test::Ending;
using test::in_child;
using test::Waited;

namespace {

// Where others were left without a ring on purpose (support/without.cc), there may be one now and
// none the next time.
bool has_ring() {
  if (std::getenv("HEDDLE_WITHOUT") != nullptr) return false;
  return in_child([] { CHECK(Io::start({.wanted = Io::Wanted::IoUring}).ok()); }).is_exit(0);
}

void works(Io& io) {
  Waited nop, open;
  nop.set_nop();
  CHECK(nop.run(io) == 0);
  open.set_open("/dev/null", O_RDONLY, 0);
  int const fd = static_cast<int>(open.run(io));
  CHECK(fd >= 0);
  char byte;
  Waited read, close;
  read.set_read(fd, &byte, 1, -1);
  CHECK(read.run(io) == 0);
  close.set_close(fd);
  CHECK(close.run(io) == 0);
}

void says(Io const& io, char const* text) {
  if (io.reason().find(text) != std::string::npos) return;
  std::fprintf(stderr, "reason: %s\n", io.reason().c_str());
  CHECK(false);
}

void passes(Ending const& ending) {
  CHECK_ENDING(ending, ending.is_exit(0));
}

// What a container's filter does to io_uring_setup.
void forbid_rings(int error) {
  sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_io_uring_setup, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | static_cast<unsigned>(error)),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  sock_fprog const program{std::size(code), code};
  CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
  CHECK(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
}

void limit(int resource, rlim_t soft, rlim_t hard) {
  rlimit const limits{soft, hard};
  CHECK(setrlimit(static_cast<__rlimit_resource>(resource), &limits) == 0);
}

// Limits do not bind root. Each test is another user, because the kernel gives back what a
// ring has locked some time after the process has ended.
void become_user(unsigned id) {
  CHECK(syscall(SYS_setuid, id) == 0);
}

void prefers_a_ring() {
  auto io = Io::start({});
  CHECK(io.ok() && io.value()->backend() == IoBackend::IoUring);
  says(*io.value(), "probed: open, read, close");
  says(*io.value(), "flags ");
  works(*io.value());
}

void threads_can_be_asked_for() {
  auto io = Io::start({.wanted = Io::Wanted::Threads});
  CHECK(io.ok() && io.value()->backend() == IoBackend::Threads);
  CHECK(io.value()->reason() == "asked for");
  works(*io.value());
}

void where_rings_are_forbidden_threads_do_it() {
  struct {
    int error;
    char const* reason;
  } const cases[] = {
      {EPERM, "io_uring_setup: EPERM (forbidden here, often by a container's seccomp filter)"},
      {ENOSYS, "io_uring_setup: ENOSYS (not in this kernel, or not in this build)"},
      {EUCLEAN, "io_uring_setup: error 117"},
  };
  for (auto const& each : cases) {
    passes(in_child([&] {
      forbid_rings(each.error);
      auto io = Io::start({});
      CHECK(io.ok() && io.value()->backend() == IoBackend::Threads);
      says(*io.value(), each.reason);
      works(*io.value());
      auto ring = Io::start({.wanted = Io::Wanted::IoUring});
      CHECK(!ring.ok() && ring.error() == Errno{each.error});
    }));
  }
}

void with_little_locked_memory_the_ring_is_small() {
  passes(in_child([] {
    limit(RLIMIT_MEMLOCK, 16 * 1024, 16 * 1024);
    become_user(65'531);
    auto io = Io::start({});
    CHECK(io.ok() && io.value()->backend() == IoBackend::IoUring);
    CHECK(io.value()->reason().find("256 entries") == std::string::npos);
    works(*io.value());
  }));
}

void with_no_locked_memory_threads_do_it() {
  passes(in_child([] {
    limit(RLIMIT_MEMLOCK, 0, 0);
    become_user(65'532);
    auto io = Io::start({});
    CHECK(io.ok() && io.value()->backend() == IoBackend::Threads);
    says(*io.value(), "io_uring_setup: ENOMEM (too little locked memory, see `ulimit -l`)");
    works(*io.value());
  }));
}

void with_no_descriptors_left_threads_do_it() {
  passes(in_child([] {
    limit(RLIMIT_NOFILE, 3, 4096);
    auto io = Io::start({});
    CHECK(io.ok() && io.value()->backend() == IoBackend::Threads);
    says(*io.value(), "EMFILE");
    limit(RLIMIT_NOFILE, 4096, 4096);
    works(*io.value());
  }));
}

void without_a_thread_to_be_had_operations_fail_and_later_ones_work() {
  for (auto wanted : {Io::Wanted::Auto, Io::Wanted::Threads}) {
    passes(in_child([=] {
      become_user(65'533);
      auto io = Io::start({.wanted = wanted});
      CHECK(io.ok());
      bool const has_ring = io.value()->backend() == IoBackend::IoUring;
      rlimit before;
      CHECK(getrlimit(RLIMIT_NPROC, &before) == 0);
      limit(RLIMIT_NPROC, 0, before.rlim_max);
      Waited nop, close;
      nop.set_nop();
      CHECK(nop.run(*io.value()) == -EAGAIN);
      CHECK(io.value()->backend() == IoBackend::Threads);
      if (has_ring) says(*io.value(), "cannot start the ring's thread: error 11");
      int const fd = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
      close.set_close(fd);
      CHECK(close.run(*io.value()) == 0);
      CHECK(!test::is_open(fd));
      limit(RLIMIT_NPROC, before.rlim_cur, before.rlim_max);
      works(*io.value());
    }));
  }
}

void on_host_signal(int) {
}

void use_signal(int signal) {
  struct sigaction action = {};
  action.sa_handler = on_host_signal;
  CHECK(sigaction(signal, &action, nullptr) == 0);
}

void the_hosts_signals_stay_the_hosts() {
  passes(in_child([] {
    use_signal(SIGRTMAX);
    use_signal(SIGRTMAX - 2);
    auto io = Io::start({.wanted = Io::Wanted::Threads});
    CHECK(io.ok());
    works(*io.value());
    auto chosen = interrupt_signal();
    CHECK(chosen.ok() && chosen.value() == SIGRTMAX - 1);
    for (int signal = 1; signal <= SIGRTMAX; ++signal) {
      struct sigaction action = {};
      if (sigaction(signal, nullptr, &action) != 0) continue;  // glibc's own two.
      bool const host = signal == SIGRTMAX || signal == SIGRTMAX - 2;
      CHECK((action.sa_handler == on_host_signal) == host);
    }
  }));
}

void without_a_free_signal_there_are_no_threads() {
  passes(in_child([] {
    for (int signal = SIGRTMIN; signal <= SIGRTMAX; ++signal) use_signal(signal);
    auto io = Io::start({.wanted = Io::Wanted::Threads});
    CHECK(!io.ok() && io.error() == Errno{EBUSY});
  }));
}

}  // namespace

int main() {
  if (geteuid() != 0 || test::is_emulated()) {
    std::printf("skipped: needs root, to become users of their own, and seccomp\n");
    return 0;
  }
  the_hosts_signals_stay_the_hosts();  // First: a child inherits the signal once it is chosen.
  without_a_free_signal_there_are_no_threads();
  threads_can_be_asked_for();
  if (HEDDLE_HAVE_LIBURING) where_rings_are_forbidden_threads_do_it();
  without_a_thread_to_be_had_operations_fail_and_later_ones_work();
  if (!has_ring()) {
    std::printf("skipped what needs a ring: no io_uring here\n");
    return 0;
  }
  prefers_a_ring();
  with_little_locked_memory_the_ring_is_small();
  with_no_locked_memory_threads_do_it();
  with_no_descriptors_left_threads_do_it();
}
