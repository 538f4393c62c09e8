// The functions of <heddle/kernel.h>, by way of their C++ selves.

#include "runtime/kernel_task.h"

#include <cerrno>
#include <cstring>

#include "base/clock.h"
#include "heddle/io.h"
#include "heddle/parallel_for.h"
#include "sched/running.h"
#include "sched/task_stack.h"

namespace heddle {

namespace {

struct KernelTask : heddle_task {
  KernelTask(KernelContext context, NativeCall& of);
  ~KernelTask() {
    while (forked > 0) join();  // N1
  }
  KernelTask(KernelTask const&) = delete;
  KernelTask& operator=(KernelTask const&) = delete;

  static KernelTask& from(heddle_task* task) { return *static_cast<KernelTask*>(task); }

  static void run_child(KernelContext t, NativeCall* call, heddle_child child, void* argument) {
    KernelTask task(t, *call);
    child(&task, argument);
  }

  void fork(heddle_child child, void* argument) {
    t.fork<run_child>(&call, child, argument);
    ++forked;
  }

  void join() {
    t.join<run_child>();
    --forked;
  }

  KernelContext t;
  NativeCall& call;
  std::size_t forked = 0;
};

// As C has it.
template <class T>
std::int64_t number_of(Result<T> const& result) {
  if (!result.ok()) return -std::int64_t(result.error());
  if constexpr (std::is_void_v<T>) {
    return 0;
  } else {
    return std::int64_t(result.value());
  }
}

// What `call(io)` says, unless the kernel is to return.
template <class Function>
std::int64_t wait(heddle_task* task, Function function) {
  NativeCall& call = KernelTask::from(task).call;
  if (call.is_cancelled()) return -ECANCELED;
  return number_of(function(call.io));
}

void fork(heddle_task* task, heddle_child child, void* argument) {
  KernelTask::from(task).fork(child, argument);
}

int join(heddle_task* task) {
  KernelTask& self = KernelTask::from(task);
  if (self.forked == 0) return EINVAL;
  self.join();
  return 0;
}

int parallel_for(heddle_task* task, std::size_t begin, std::size_t end, heddle_body body,
                 void* argument) {
  if (begin > end) return EINVAL;
  KernelTask& self = KernelTask::from(task);
  NativeCall& call = self.call;
  bool const all = heddle::parallel_for_ranges(self.t, begin, end,
                                               [&](KernelContext t, std::size_t first,
                                                   std::size_t last) {
                                                 if (call.is_cancelled()) return;
                                                 KernelTask part(t, call);
                                                 body(&part, first, last, argument);
                                               });
  return all && !call.is_cancelled() ? 0 : ECANCELED;
}

int is_cancelled(heddle_task* task) {
  return KernelTask::from(task).call.is_cancelled() ? 1 : 0;
}

int sleep(heddle_task* task, std::uint64_t nanoseconds) {
  std::uint64_t const now = now_ns();
  std::uint64_t const deadline = nanoseconds < kNoDeadline - now ? now + nanoseconds : kNoDeadline;
  return int(wait(task, [&](Io& io) { return heddle::sleep_until(io, deadline); }));
}

int poll(heddle_task* task, int fd, int events) {
  return int(wait(task, [&](Io& io) { return heddle::poll(io, fd, events); }));
}

int open(heddle_task* task, char const* path, int flags, unsigned mode) {
  return int(wait(task, [&](Io& io) { return heddle::open(io, path, flags, mode); }));
}

std::int64_t read(heddle_task* task, int fd, void* buffer, std::size_t length,
                  std::int64_t offset) {
  return wait(task, [&](Io& io) { return heddle::read(io, fd, buffer, length, offset); });
}

int write(heddle_task* task, int fd, void const* bytes, std::size_t length, std::int64_t offset) {
  return int(wait(task, [&](Io& io) { return heddle::write_all(io, fd, bytes, length, offset); }));
}

int sync(heddle_task* task, int fd, int only_data) {
  return int(wait(task, [&](Io& io) { return heddle::sync(io, fd, only_data != 0); }));
}

int truncate(heddle_task* task, int fd, std::int64_t bytes) {
  return int(wait(task, [&](Io& io) { return heddle::truncate(io, fd, bytes); }));
}

// Also when the kernel is to return.
int close(heddle_task* task, int fd) {
  return int(number_of(heddle::close(KernelTask::from(task).call.io, fd)));
}

int stat(heddle_task* task, char const* path, int at_flags, struct statx* into) {
  return int(wait(task, [&](Io& io) { return heddle::facts(io, path, at_flags, *into); }));
}

int unlink(heddle_task* task, char const* path, int at_flags) {
  return int(wait(task, [&](Io& io) { return heddle::unlink(io, path, at_flags); }));
}

int rename(heddle_task* task, char const* from, char const* to) {
  return int(wait(task, [&](Io& io) { return heddle::rename(io, from, to); }));
}

int make_folder(heddle_task* task, char const* path, unsigned mode) {
  return int(wait(task, [&](Io& io) { return heddle::make_folder(io, path, mode); }));
}

int link(heddle_task* task, char const* existing, char const* made) {
  return int(wait(task, [&](Io& io) { return heddle::link(io, existing, made); }));
}

int symbolic_link(heddle_task* task, char const* contents, char const* made) {
  return int(wait(task, [&](Io& io) { return heddle::symbolic_link(io, contents, made); }));
}

int copy_file(heddle_task* task, char const* from, char const* to, int modes) {
  return int(wait(task, [&](Io& io) { return heddle::copy_file(io, from, to, modes); }));
}

int access(heddle_task* task, char const* path, int wanted) {
  return int(wait(task, [&](Io& io) { return heddle::access(io, path, wanted); }));
}

int read_folder(heddle_task* task, char const* path, heddle_visit visit, void* argument) {
  Bytes entries;
  std::int64_t const result = wait(task, [&](Io& io) -> Result<void> {
    auto read = heddle::read_folder(io, path, Entries::Types);
    if (!read.ok()) return read.error();
    entries = std::move(read).value();
    return {};
  });
  auto const* at = reinterpret_cast<char const*>(entries.data());
  for (char const* const end = at + entries.size(); at != end;) {
    char const* const name = at + 1;
    visit(argument, name, static_cast<unsigned char>(*at));
    at = name + std::strlen(name) + 1;
  }
  return int(result);
}

constexpr heddle_functions kFunctions = {
    sizeof(heddle_functions),
    fork,
    join,
    parallel_for,
    is_cancelled,
    sleep,
    poll,
    open,
    read,
    write,
    sync,
    truncate,
    close,
    stat,
    unlink,
    rename,
    make_folder,
    link,
    symbolic_link,
    copy_file,
    access,
    read_folder,
};

KernelTask::KernelTask(KernelContext context, NativeCall& of)
    : heddle_task{&kFunctions}, t(context), call(of) {
}

}  // namespace

int run_kernel(heddle_kernel kernel, heddle_call& call, NativeCall& of, Lane lane) {
  running_tasks->inherit(lane, of.canceller != nullptr ? &of.canceller->asked() : &of.closing);
  KernelTask task(KernelContext::current(), of);
  return kernel(&task, &call);
}

}  // namespace heddle
