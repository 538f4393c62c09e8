// Runs a program where io_uring is not to be had: `without HOW PROGRAM …`
//
//   threads       nothing is forbidden, but tests ask for threads where they do not care
//   seccomp       a filter answers EPERM to its system calls, as containers' do
//   memlock-64k   64 KiB of locked memory, for all processes of this user: a ring or a few
//   memlock-0     none
//
// What is forbidden stays so for all that the program starts, which finds the word in
// HEDDLE_WITHOUT. Ends with 125 and a reason where the system does not let it forbid that.

#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <iterator>

namespace {

constexpr int kCannot = 125;

[[noreturn]] void give_up(char const* call) {
  std::fprintf(stderr, "without: %s: %s\n", call, std::strerror(errno));
  std::exit(kCannot);
}

// No look at the architecture: on all of them these calls have the same numbers.
void forbid_io_uring() {
  sock_filter code[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, SYS_io_uring_setup, 0, 2),
      BPF_JUMP(BPF_JMP | BPF_JGT | BPF_K, SYS_io_uring_register, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  sock_fprog program{static_cast<unsigned short>(std::size(code)), code};
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) give_up("no_new_privs");
  if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) give_up("seccomp");
}

// Also for root, whom the limit does not concern while he has CAP_IPC_LOCK: it goes, and is not
// given back to the program.
void limit_locked_memory(rlim_t bytes) {
  rlimit const limit{bytes, bytes};
  if (setrlimit(RLIMIT_MEMLOCK, &limit) != 0) give_up("setrlimit");
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct sets[2] = {};
  if (syscall(SYS_capget, &header, sets) != 0) give_up("capget");
  unsigned const kept = ~(1u << CAP_IPC_LOCK);
  if ((sets[0].permitted & ~kept) == 0) return;
  if (prctl(PR_CAPBSET_DROP, CAP_IPC_LOCK, 0, 0, 0) != 0) give_up("capability");
  sets[0].effective &= kept;
  sets[0].permitted &= kept;
  sets[0].inheritable &= kept;
  if (syscall(SYS_capset, &header, sets) != 0) give_up("capset");
}

struct Mode {
  char const* name;
  void (*forbid)();
};

constexpr Mode kModes[] = {
    {"threads", [] {}},
    {"seccomp", forbid_io_uring},
    {"memlock-64k", [] { limit_locked_memory(64 * 1024); }},
    {"memlock-0", [] { limit_locked_memory(0); }},
};

}  // namespace

int main(int argc, char** argv) {
  for (Mode const& mode : kModes) {
    if (argc < 3 || std::strcmp(argv[1], mode.name) != 0) continue;
    mode.forbid();
    setenv("HEDDLE_WITHOUT", mode.name, 1);
    execvp(argv[2], argv + 2);
    give_up(argv[2]);
  }
  std::fprintf(stderr, "usage: without threads|seccomp|memlock-64k|memlock-0 PROGRAM …\n");
  return kCannot;
}
