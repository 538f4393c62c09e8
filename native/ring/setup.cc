// Degrading step by step: fewer flags, then fewer entries, then no ring.

#include "ring/setup.h"

#if HEDDLE_HAVE_LIBURING

#include <liburing.h>

namespace heddle {

namespace {

// CLAMP: a size too large is no error. DISABLED: one thread opens, another enables (R1).
constexpr unsigned kAlways = IORING_SETUP_CLAMP | IORING_SETUP_R_DISABLED;

struct Step {
  unsigned flags;
  char const* name;
};

// Best first. Never SQPOLL: it burns a core, and its thread keeps the credentials of whoever
// opened the ring after a setuid. Never IOPOLL: it sets up and then fails every read.
constexpr Step kSteps[] = {
    // Completions wait until we ask for them: no interrupts, and work in batches.
    {IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_SUBMIT_ALL,
     "SINGLE_ISSUER|DEFER_TASKRUN|SUBMIT_ALL"},
    {IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_COOP_TASKRUN | IORING_SETUP_SUBMIT_ALL,
     "SINGLE_ISSUER|COOP_TASKRUN|SUBMIT_ALL"},
    {IORING_SETUP_COOP_TASKRUN | IORING_SETUP_SUBMIT_ALL, "COOP_TASKRUN|SUBMIT_ALL"},
    {IORING_SETUP_SUBMIT_ALL, "SUBMIT_ALL"},
    {0, "none"},
};

constexpr unsigned kEntriesMin = 8;  // Below this a pool of threads is no worse.

// Promises without which operations would be lost, or mean something else than we say:
//   NODROP          a full completion queue keeps what does not fit;
//   SUBMIT_STABLE   the kernel has copied an entry when enter() returns;
//   RW_CUR_POS      offset -1 is the file's own position;
//   EXT_ARG         a wait can have a deadline;
//   NATIVE_WORKERS  kernel workers are threads of this process, with its rights and limits.
constexpr unsigned kPromises = IORING_FEAT_NODROP | IORING_FEAT_SUBMIT_STABLE |
                               IORING_FEAT_RW_CUR_POS | IORING_FEAT_EXT_ARG |
                               IORING_FEAT_NATIVE_WORKERS;

constexpr int kOperations[] = {
    IORING_OP_NOP,       IORING_OP_OPENAT,       IORING_OP_READ,    IORING_OP_WRITE,
    IORING_OP_FSYNC,     IORING_OP_STATX,        IORING_OP_CLOSE,   IORING_OP_POLL_ADD,
    IORING_OP_UNLINKAT,  IORING_OP_RENAMEAT,     IORING_OP_MKDIRAT, IORING_OP_LINKAT,
    IORING_OP_SYMLINKAT, IORING_OP_ASYNC_CANCEL, IORING_OP_READV,   IORING_OP_WRITEV,
};

bool can_all(io_uring& ring) {
  io_uring_probe* const probe = io_uring_get_probe_ring(&ring);
  if (probe == nullptr) return false;
  bool all = true;
  for (int operation : kOperations) all = all && io_uring_opcode_supported(probe, operation);
  io_uring_free_probe(probe);
  return all;
}

}  // namespace

Result<Setup> set_up(io_uring& ring, RingOptions const& options) {
  auto* const init = options.queue_init ? options.queue_init : io_uring_queue_init_params;
  unsigned entries = options.entries;
  Step const* step = kSteps;
  Step const* const last = std::end(kSteps) - 1;
  io_uring_params params;
  while (true) {
    params = {};
    params.flags = kAlways | step->flags;
    int const error = -init(entries, &ring, &params);
    if (error == 0) break;
    if (error == EINVAL && step != last) {
      ++step;  // The kernel knows one of the flags not.
    } else if (error == ENOMEM && entries / 2 >= kEntriesMin) {
      entries /= 2;  // Rings count as locked memory, of which there may be little.
    } else {
      return Errno{error};
    }
  }
  bool const enough = (params.features & kPromises) == kPromises && can_all(ring);
  // A child of fork() must not share the queues: both would move their heads.
  int const error = enough ? -io_uring_ring_dontfork(&ring) : EOPNOTSUPP;
  if (error != 0) {
    io_uring_queue_exit(&ring);
    return Errno{error};
  }
  return Setup{entries, step->name};
}

}  // namespace heddle

#endif
