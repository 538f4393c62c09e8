// Lets an addon that was linked on a new glibc load on an old one: 2.28, which Node itself needs.
//
// A symbol of glibc has a version, and the linker writes down the newest that it sees. Debian 12's
// is 2.36, so a binary made there would refuse Debian 11, Ubuntu 22.04 and RHEL 9, though it uses
// nothing that they lack. Two kinds of symbol make that so:
//
//   moved   In 2.34 libpthread and libdl became parts of libc; their functions got new versions.
//           The old versions are still there. glibc.wrap tells the linker to call __wrap_NAME for
//           NAME, in libstdc++.a too, and __wrap_NAME, below, calls the old version.
//   added   libstdc++.a and libgcc_eh.a use a few names that came after 2.28. They are defined
//           here; the linker then asks glibc for nothing, and exports.map hides them.
//
// scripts/check-glibc.mjs fails a prebuilt binary that asks for more than 2.28: a name is missing
// here then.

#define _GNU_SOURCE
#include <dlfcn.h>
#include <math.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <sys/stat.h>

#if defined(__GLIBC__) && (defined(__x86_64__) || defined(__aarch64__))
#if __GLIBC_PREREQ(2, 35)
#define NEW_GLIBC 1
#endif
#endif

#if NEW_GLIBC

#include <fcntl.h>
#include <stdlib.h>
#include <sys/random.h>
#include <sys/syscall.h>
#include <unistd.h>

// libstdc++ skips atomics while this says that there is one thread. Here there never is.
char __libc_single_threaded = 0;

// std::random_device asks for one number at a time.
uint32_t arc4random(void) {
  uint32_t number;
  if (getentropy(&number, sizeof number) != 0) abort();  // Only a seccomp filter refuses it.
  return number;
}

// 2.38 gave strtoul a second name, which knows numbers like 0b101 too. libstdc++ needs none.
extern unsigned long first_strtoul(char const* text, char** end, int base) __asm__("strtoul");
unsigned long __isoc23_strtoul(char const* text, char** end, int base) {
  return first_strtoul(text, end, base);
}

// libgcc asks where the unwind table of a frame's library is. Of ours, the linker knows; what
// another library throws never passes through here, for it has a libgcc of its own to ask.
extern char const __ehdr_start[] __attribute__((visibility("hidden")));
extern char const _end[] __attribute__((visibility("hidden")));
extern char const __GNU_EH_FRAME_HDR[] __attribute__((visibility("hidden")));
int _dl_find_object(void* address, struct dl_find_object* found) {
  char const* at = address;
  if (at < __ehdr_start || at >= _end) return -1;
  found->dlfo_eh_frame = (void*)__GNU_EH_FRAME_HDR;  // All that libgcc reads.
  return 0;
}

#if defined(__x86_64__)
#define OLD(name, x64) OLD_VERSION(name, x64)
#else
#define OLD(name, x64) OLD_VERSION(name, "GLIBC_2.17")  // The first glibc for AArch64.
#endif

#define OLD_VERSION(name, version)                     \
  __asm__(".symver old_" #name "," #name "@" version); \
  extern __typeof__(name) old_##name;

#else  // Another C library, or one that is old itself: its own symbols are the right ones.

#define OLD(name, x64) extern __typeof__(name) old_##name __asm__("__real_" #name);

#endif

// Threads.

OLD(pthread_create, "GLIBC_2.2.5")
int __wrap_pthread_create(pthread_t* thread, pthread_attr_t const* attributes, void* (*run)(void*),
                          void* argument) {
  return old_pthread_create(thread, attributes, run, argument);
}

OLD(pthread_join, "GLIBC_2.2.5")
int __wrap_pthread_join(pthread_t thread, void** result) {
  return old_pthread_join(thread, result);
}

OLD(pthread_attr_setstacksize, "GLIBC_2.2.5")
int __wrap_pthread_attr_setstacksize(pthread_attr_t* attributes, size_t bytes) {
  return old_pthread_attr_setstacksize(attributes, bytes);
}

OLD(pthread_sigmask, "GLIBC_2.2.5")
int __wrap_pthread_sigmask(int how, sigset_t const* set, sigset_t* before) {
  return old_pthread_sigmask(how, set, before);
}

OLD(pthread_setaffinity_np, "GLIBC_2.3.4")
int __wrap_pthread_setaffinity_np(pthread_t thread, size_t bytes, cpu_set_t const* cpus) {
  return old_pthread_setaffinity_np(thread, bytes, cpus);
}

// Where a thread's own stack lies.

OLD(pthread_getattr_np, "GLIBC_2.2.5")
int __wrap_pthread_getattr_np(pthread_t thread, pthread_attr_t* attributes) {
  return old_pthread_getattr_np(thread, attributes);
}

OLD(pthread_attr_getstack, "GLIBC_2.2.5")
int __wrap_pthread_attr_getstack(pthread_attr_t const* attributes, void** low, size_t* bytes) {
  return old_pthread_attr_getstack(attributes, low, bytes);
}

// libstdc++ and libgcc themselves, for what they make once and keep for each thread.

OLD(pthread_once, "GLIBC_2.2.5")
int __wrap_pthread_once(pthread_once_t* once, void (*run)(void)) {
  return old_pthread_once(once, run);
}

#if defined(__GLIBC__)
int __pthread_key_create(pthread_key_t* key, void (*destroy)(void*));
OLD(__pthread_key_create, "GLIBC_2.2.5")
int __wrap___pthread_key_create(pthread_key_t* key, void (*destroy)(void*)) {
  return old___pthread_key_create(key, destroy);
}
#endif

// Libraries of others. Before 2.34 they are in libdl, which Node has loaded.

OLD(dlopen, "GLIBC_2.2.5")
void* __wrap_dlopen(char const* name, int mode) {
  return old_dlopen(name, mode);
}

OLD(dlsym, "GLIBC_2.2.5")
void* __wrap_dlsym(void* library, char const* name) {
  return old_dlsym(library, name);
}

OLD(dlerror, "GLIBC_2.2.5")
char* __wrap_dlerror(void) {
  return old_dlerror();
}

// Functions that set no errno any more since 2.29. Their results are the same.

OLD(exp, "GLIBC_2.2.5")
double __wrap_exp(double x) {
  return old_exp(x);
}

OLD(log, "GLIBC_2.2.5")
double __wrap_log(double x) {
  return old_log(x);
}

OLD(pow, "GLIBC_2.2.5")
double __wrap_pow(double x, double y) {
  return old_pow(x, y);
}

// Files. Until 2.33 stat() and its like were inline functions of the header, around system calls.
// The names in 64 are what the header calls them under node-gyp's -D_FILE_OFFSET_BITS=64.

#if NEW_GLIBC
static int old_stat(char const* path, struct stat* status) {
  return (int)syscall(SYS_newfstatat, AT_FDCWD, path, status, 0);
}
static int old_fstat(int fd, struct stat* status) {
  return (int)syscall(SYS_fstat, fd, status);
}
#else
OLD(stat, "")
OLD(fstat, "")
#endif

int __wrap_stat(char const* path, struct stat* status) {
  return old_stat(path, status);
}
int __wrap_stat64(char const* path, struct stat* status) {
  return old_stat(path, status);
}
int __wrap_fstat(int fd, struct stat* status) {
  return old_fstat(fd, status);
}
int __wrap_fstat64(int fd, struct stat* status) {
  return old_fstat(fd, status);
}
