#pragma once
/// \file
/// Kernels of your own in C, C++, or whatever else can export a C function: a library of them is
/// loaded by `scheduler.loadKernels(path)` and run by `scheduler.call(kernel, args)`. Nothing has
/// to be linked: a kernel finds what it calls by way of the task that it is handed.
///
///     #include <heddle/kernel.h>
///
///     static int sum(heddle_task* t, heddle_call* call) {
///       double const* values = call->arrays[0].data;
///       for (size_t i = 0; i < call->arrays[0].bytes / sizeof(double); ++i)
///         call->result += values[i];
///       return 0;
///     }
///
///     HEDDLE_KERNELS(HEDDLE_KERNEL(sum))
///
/// A kernel runs on a fiber of the scheduler, with a stack as large as the scheduler's options say.
/// What waits below suspends that fiber, and leaves the processor to others. Whoever calls a
/// function here does so with the task that it was itself handed, on the thread that it was called
/// on, and lets no exception of C++ and no longjmp() leave it.

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
#define HEDDLE_EXPORT extern "C" __attribute__((visibility("default")))
extern "C" {
#else
#define HEDDLE_EXPORT __attribute__((visibility("default")))
#endif

/// What a library is made for. Others are refused when they are loaded.
#define HEDDLE_KERNEL_ABI 1

struct statx;
typedef struct heddle_task heddle_task;

/// What is forked.
typedef void (*heddle_child)(heddle_task* t, void* argument);

/// A part of a loop: the indices from `begin` to `end` - 1.
typedef void (*heddle_body)(heddle_task* t, size_t begin, size_t end, void* argument);

/// An entry of a folder, with its type as readdir(3) has it.
typedef void (*heddle_visit)(void* argument, char const* name, unsigned char type);

/// What the functions below call. More may come at its end: `size` says how much there is.
typedef struct heddle_functions {
  size_t size;
  void (*fork)(heddle_task* t, heddle_child child, void* argument);
  int (*join)(heddle_task* t);
  int (*parallel_for)(heddle_task* t, size_t begin, size_t end, heddle_body body, void* argument);
  int (*is_cancelled)(heddle_task* t);
  int (*sleep)(heddle_task* t, uint64_t nanoseconds);
  int (*poll)(heddle_task* t, int fd, int events);
  int (*open)(heddle_task* t, char const* path, int flags, unsigned mode);
  int64_t (*read)(heddle_task* t, int fd, void* buffer, size_t length, int64_t offset);
  int (*write)(heddle_task* t, int fd, void const* bytes, size_t length, int64_t offset);
  int (*sync)(heddle_task* t, int fd, int only_data);
  int (*truncate)(heddle_task* t, int fd, int64_t bytes);
  int (*close)(heddle_task* t, int fd);
  int (*stat)(heddle_task* t, char const* path, int at_flags, struct statx* into);
  int (*unlink)(heddle_task* t, char const* path, int at_flags);
  int (*rename)(heddle_task* t, char const* from, char const* to);
  int (*make_folder)(heddle_task* t, char const* path, unsigned mode);
  int (*link)(heddle_task* t, char const* existing, char const* made);
  int (*symbolic_link)(heddle_task* t, char const* contents, char const* made);
  int (*copy_file)(heddle_task* t, char const* from, char const* to, int modes);
  int (*access)(heddle_task* t, char const* path, int wanted);
  int (*read_folder)(heddle_task* t, char const* path, heddle_visit visit, void* argument);
} heddle_functions;

/// What runs: a kernel, a child or a part of a loop. There until that returns.
struct heddle_task {
  heddle_functions const* functions;
};

/// A typed array's memory, shared with JavaScript.
typedef struct heddle_array {
  void* data;
  size_t bytes;
} heddle_array;

/// What a kernel was called with: the numbers among its arguments, and the arrays, each in order.
typedef struct heddle_call {
  size_t number_count;
  double const* numbers;
  size_t array_count;
  heddle_array const* arrays;
  double result;  ///< For the kernel to set. Else 0.
} heddle_call;

/// Returns 0, or an errno such as EINVAL, with which the call then fails.
typedef int (*heddle_kernel)(heddle_task* t, heddle_call* call);

typedef struct heddle_named_kernel {
  char const* name;
  heddle_kernel kernel;
} heddle_named_kernel;

typedef struct heddle_library {
  uint32_t abi;
  uint32_t count;
  heddle_named_kernel const* kernels;
} heddle_library;

/// Defines what loadKernels() looks for: once in a library, with a HEDDLE_KERNEL for each.
#define HEDDLE_KERNELS(...)                                                                \
  HEDDLE_EXPORT heddle_library const* heddle_get_library(void) {                           \
    static heddle_named_kernel const kernels[] = {__VA_ARGS__};                            \
    static heddle_library const library = {HEDDLE_KERNEL_ABI,                              \
                                           sizeof(kernels) / sizeof(kernels[0]), kernels}; \
    return &library;                                                                       \
  }

/// A kernel under its function's name.
#define HEDDLE_KERNEL(function) \
  { #function, function }

/// Makes child(argument) something that other workers may run. What the argument points to must
/// outlive the join. A kernel, child or loop body that returns with children left joins them first.
static inline void heddle_fork(heddle_task* t, heddle_child child, void* argument) {
  t->functions->fork(t, child, argument);
}

/// Waits for the newest child that this task has forked and not joined, or runs it. 0, or EINVAL:
/// there is none.
static inline int heddle_join(heddle_task* t) {
  return t->functions->join(t);
}

/// Calls body() for parts that together are the indices from `begin` to `end` - 1, some of them on
/// other workers, and returns when all have returned. Parts are of 4 to 16 us, by what the first
/// ones took. 0, EINVAL if begin > end, or ECANCELED: some were left out.
static inline int heddle_parallel_for(heddle_task* t, size_t begin, size_t end, heddle_body body,
                                      void* argument) {
  return t->functions->parallel_for(t, begin, end, body, argument);
}

/// 1 once the call was given up, or its scheduler is being disposed, which waits for the kernel:
/// join what was forked, and return ECANCELED. For long work to ask every millisecond or so.
static inline int heddle_is_cancelled(heddle_task* t) {
  return t->functions->is_cancelled(t);
}

/// \name Waiting
/// Errors are -errno. -ECANCELED says what heddle_is_cancelled() does. A wait of a child on another
/// worker is not cut short by an AbortSignal, only by the scheduler's end.
/// \{

/// For so long. 0.
static inline int heddle_sleep(heddle_task* t, uint64_t nanoseconds) {
  return t->functions->sleep(t, nanoseconds);
}

/// Until one of `events` is there, as in poll(2): those that are.
static inline int heddle_poll(heddle_task* t, int fd, int events) {
  return t->functions->poll(t, fd, events);
}

/// As open(2), with O_CLOEXEC: a descriptor.
static inline int heddle_open(heddle_task* t, char const* path, int flags, unsigned mode) {
  return t->functions->open(t, path, flags, mode);
}

/// As pread(2), or, with offset -1, as read(2): how many bytes, perhaps fewer than asked for; 0 at
/// the end.
static inline int64_t heddle_read(heddle_task* t, int fd, void* buffer, size_t length,
                                  int64_t offset) {
  return t->functions->read(t, fd, buffer, length, offset);
}

/// As pwrite(2), or, with offset -1, as write(2), but all of it. 0.
static inline int heddle_write(heddle_task* t, int fd, void const* bytes, size_t length,
                               int64_t offset) {
  return t->functions->write(t, fd, bytes, length, offset);
}

/// As fsync(2), or fdatasync(2).
static inline int heddle_sync(heddle_task* t, int fd, int only_data) {
  return t->functions->sync(t, fd, only_data);
}

/// As ftruncate(2).
static inline int heddle_truncate(heddle_task* t, int fd, int64_t bytes) {
  return t->functions->truncate(t, fd, bytes);
}

/// As close(2): the descriptor is gone also when this fails.
static inline int heddle_close(heddle_task* t, int fd) {
  return t->functions->close(t, fd);
}

/// As statx(2) with STATX_BASIC_STATS | STATX_BTIME: with AT_SYMLINK_NOFOLLOW of a link itself.
static inline int heddle_stat(heddle_task* t, char const* path, int at_flags, struct statx* into) {
  return t->functions->stat(t, path, at_flags, into);
}

/// As unlink(2), or, with AT_REMOVEDIR, as rmdir(2).
static inline int heddle_unlink(heddle_task* t, char const* path, int at_flags) {
  return t->functions->unlink(t, path, at_flags);
}

/// As rename(2).
static inline int heddle_rename(heddle_task* t, char const* from, char const* to) {
  return t->functions->rename(t, from, to);
}

/// As mkdir(2).
static inline int heddle_make_folder(heddle_task* t, char const* path, unsigned mode) {
  return t->functions->make_folder(t, path, mode);
}

/// As link(2).
static inline int heddle_link(heddle_task* t, char const* existing, char const* made) {
  return t->functions->link(t, existing, made);
}

/// As symlink(2): `contents` is what the link says.
static inline int heddle_symbolic_link(heddle_task* t, char const* contents, char const* made) {
  return t->functions->symbolic_link(t, contents, made);
}

/// Contents and permissions, in place of what `to` had. `modes` as in Node's copyFile(): 1 fails
/// if `to` is there, 2 and 4 clone.
static inline int heddle_copy_file(heddle_task* t, char const* from, char const* to, int modes) {
  return t->functions->copy_file(t, from, to, modes);
}

/// As access(2).
static inline int heddle_access(heddle_task* t, char const* path, int wanted) {
  return t->functions->access(t, path, wanted);
}

/// Calls visit() for each entry but "." and "..", in no order, before it returns.
static inline int heddle_read_folder(heddle_task* t, char const* path, heddle_visit visit,
                                     void* argument) {
  return t->functions->read_folder(t, path, visit, argument);
}

/// \}

#ifdef __cplusplus
}
#endif
