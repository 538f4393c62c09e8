// Kernels that do what they should not, that wait, and that make every call there is.

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <heddle/kernel.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static void add_one(heddle_task* t, void* argument) {
  (void)t;
  __atomic_fetch_add((unsigned*)argument, 1, __ATOMIC_RELAXED);
}

static void fork_and_forget(heddle_task* t, void* argument) {
  heddle_fork(t, add_one, argument);
  heddle_fork(t, add_one, argument);
}

static void forget_part(heddle_task* t, size_t begin, size_t end, void* argument) {
  for (size_t i = begin; i < end; ++i) fork_and_forget(t, argument);
}

// forget(count): each child is joined by whoever has forgotten it.
static int forget(heddle_task* t, heddle_call* call) {
  unsigned* const count = call->arrays[0].data;
  heddle_fork(t, fork_and_forget, count);
  heddle_fork(t, fork_and_forget, count);
  int const error = heddle_parallel_for(t, 0, 1000, forget_part, count);
  heddle_fork(t, add_one, count);
  return error;
}

// join_too_often(): gives what that says.
static int join_too_often(heddle_task* t, heddle_call* call) {
  unsigned count = 0;
  heddle_fork(t, add_one, &count);
  int const first = heddle_join(t);
  call->result = first == 0 && count == 1 ? heddle_join(t) : -1;
  return 0;
}

static void fork_deeper(heddle_task* t, void* argument) {
  unsigned* const left = argument;
  if (--*left == 0) return;
  heddle_fork(t, fork_deeper, left);
  heddle_join(t);
}

// fork_deep(depth)
static int fork_deep(heddle_task* t, heddle_call* call) {
  unsigned left = (unsigned)call->numbers[0];
  fork_deeper(t, &left);
  call->result = left;
  return 0;
}

// fork_wide(count): more than a task stack has room for.
static int fork_wide(heddle_task* t, heddle_call* call) {
  unsigned count = 0;
  for (double i = 0; i < call->numbers[0]; ++i) heddle_fork(t, add_one, &count);
  while (heddle_join(t) == 0) continue;
  call->result = count;
  return 0;
}

// backwards(): a loop from 2 to 1.
static int backwards(heddle_task* t, heddle_call* call) {
  (void)call;
  return heddle_parallel_for(t, 2, 1, forget_part, NULL);
}

// fail(errno)
static int fail(heddle_task* t, heddle_call* call) {
  (void)t;
  call->result = 7;
  return (int)call->numbers[0];
}

// rest(nanoseconds): gives what heddle_sleep() says, or fails with it.
static int rest(heddle_task* t, heddle_call* call) {
  return -heddle_sleep(t, (uint64_t)call->numbers[0]);
}

// await_input(fd)
static int await_input(heddle_task* t, heddle_call* call) {
  int const found = heddle_poll(t, (int)call->numbers[0], POLLIN);
  call->result = found;
  return found < 0 ? -found : 0;
}

// work(flag): computes until it is to end, and says in flag[0] that it has begun.
static int work(heddle_task* t, heddle_call* call) {
  unsigned* const flag = call->arrays[0].data;
  __atomic_store_n(flag, 1, __ATOMIC_RELAXED);
  while (!heddle_is_cancelled(t)) __atomic_fetch_add(flag + 1, 1, __ATOMIC_RELAXED);
  return ECANCELED;
}

static void work_part(heddle_task* t, size_t begin, size_t end, void* argument) {
  (void)t;
  for (size_t i = begin; i < end; ++i) __atomic_fetch_add((unsigned*)argument, 1, __ATOMIC_RELAXED);
}

// work_in_loop(flag): the same, in a loop that looks for itself.
static int work_in_loop(heddle_task* t, heddle_call* call) {
  return heddle_parallel_for(t, 0, (size_t)1 << 40, work_part, call->arrays[0].data);
}

static void count_entry(void* argument, char const* name, unsigned char type) {
  if (strcmp(name, "folder") == 0 && type == 4) *(int*)argument += 100;  // DT_DIR
  *(int*)argument += 1;
}

#define EXPECT(condition) \
  if (!(condition)) return call->result = __LINE__, 0

// every_call(folder): 0, or the line of what went wrong.
static int every_call(heddle_task* t, heddle_call* call) {
  char folder[200], a[300], b[300], c[300];
  snprintf(folder, sizeof(folder), "%.*s", (int)call->arrays[0].bytes,
           (char const*)call->arrays[0].data);
  snprintf(a, sizeof(a), "%s/a", folder);
  snprintf(b, sizeof(b), "%s/b", folder);
  snprintf(c, sizeof(c), "%s/folder", folder);
  char bytes[10] = {0};
  struct statx facts;
  int count = 0;
  int const fd = heddle_open(t, a, O_RDWR | O_CREAT, 0600);
  EXPECT(fd >= 0);
  EXPECT(heddle_write(t, fd, "hello", 5, 0) == 0);
  EXPECT(heddle_read(t, fd, bytes, sizeof(bytes), 1) == 4 && memcmp(bytes, "ello", 4) == 0);
  EXPECT(heddle_sync(t, fd, 0) == 0 && heddle_sync(t, fd, 1) == 0);
  EXPECT(heddle_truncate(t, fd, 3) == 0);
  EXPECT(heddle_stat(t, a, 0, &facts) == 0 && facts.stx_size == 3);
  EXPECT(heddle_close(t, fd) == 0 && heddle_close(t, fd) == -EBADF);
  EXPECT(heddle_read(t, -1, bytes, 1, 0) == -EBADF);
  EXPECT(heddle_open(t, b, O_RDONLY, 0) == -ENOENT);
  EXPECT(heddle_link(t, a, b) == 0 && heddle_unlink(t, b, 0) == 0);
  EXPECT(heddle_copy_file(t, a, b, 0) == 0 && heddle_copy_file(t, a, b, 1) == -EEXIST);
  EXPECT(heddle_rename(t, b, a) == 0);
  EXPECT(heddle_symbolic_link(t, a, b) == 0 && heddle_access(t, b, R_OK) == 0);
  EXPECT(heddle_stat(t, b, AT_SYMLINK_NOFOLLOW, &facts) == 0 && S_ISLNK(facts.stx_mode));
  EXPECT(heddle_make_folder(t, c, 0700) == 0);
  EXPECT(heddle_read_folder(t, folder, count_entry, &count) == 0 && count == 103);
  EXPECT(heddle_unlink(t, c, AT_REMOVEDIR) == 0 && heddle_access(t, c, F_OK) == -ENOENT);
  EXPECT(heddle_read_folder(t, c, count_entry, &count) == -ENOENT && count == 103);
  EXPECT(heddle_sleep(t, 1000) == 0 && heddle_poll(t, -1, POLLIN) == -EBADF);
  EXPECT(t->functions->size == sizeof(heddle_functions));
  return 0;
}

HEDDLE_KERNELS(HEDDLE_KERNEL(forget), HEDDLE_KERNEL(join_too_often), HEDDLE_KERNEL(fork_deep),
               HEDDLE_KERNEL(fork_wide), HEDDLE_KERNEL(backwards), HEDDLE_KERNEL(fail),
               HEDDLE_KERNEL(rest), HEDDLE_KERNEL(await_input), HEDDLE_KERNEL(work),
               HEDDLE_KERNEL(work_in_loop), HEDDLE_KERNEL(every_call))
