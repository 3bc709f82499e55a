// The program's own definitions come before those of the C library, also for calls from inside libstdc++.
#include "faulty_calls.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

namespace bgraph::store {

namespace {

std::atomic<int> g_turn{0};   // the call that fails; 0 = none
std::atomic<int> g_calls{0};
int g_error = 0;

template <class Call>
Call* next(const char* name) {
  return reinterpret_cast<Call*>(::dlsym(RTLD_NEXT, name));
}

/// True if this call is the one.
bool fails() {
  if (g_turn == 0 || ++g_calls != g_turn) return false;
  if (g_error == 0) ::raise(SIGKILL);
  errno = g_error;
  return true;
}

}  // namespace

void fail_call(int k, int error) {
  g_calls = 0;
  g_error = error;
  g_turn = k;
}

int calls_made() { return g_calls; }

}  // namespace bgraph::store

using bgraph::store::fails;
using bgraph::store::next;

extern "C" {

ssize_t write(int descriptor, const void* bytes, size_t count) {
  static auto* const real = next<ssize_t(int, const void*, size_t)>("write");
  return descriptor > 2 && fails() ? -1 : real(descriptor, bytes, count);
}

ssize_t writev(int descriptor, const iovec* parts, int count) {
  static auto* const real = next<ssize_t(int, const iovec*, int)>("writev");
  return descriptor > 2 && fails() ? -1 : real(descriptor, parts, count);
}

int fsync(int descriptor) {
  static auto* const real = next<int(int)>("fsync");
  return fails() ? -1 : real(descriptor);
}

int rename(const char* from, const char* to) noexcept {
  static auto* const real = next<int(const char*, const char*)>("rename");
  return fails() ? -1 : real(from, to);
}

int mkdir(const char* path, mode_t mode) noexcept {
  static auto* const real = next<int(const char*, mode_t)>("mkdir");
  return fails() ? -1 : real(path, mode);
}

int chmod(const char* path, mode_t mode) noexcept {
  static auto* const real = next<int(const char*, mode_t)>("chmod");
  return fails() ? -1 : real(path, mode);
}

int unlink(const char* path) noexcept {
  static auto* const real = next<int(const char*)>("unlink");
  return fails() ? -1 : real(path);
}

int open(const char* path, int flags, ...) {
  static auto* const real = next<int(const char*, int, ...)>("open");
  va_list rest;
  va_start(rest, flags);
  const auto mode = static_cast<mode_t>((flags & O_CREAT) != 0 ? va_arg(rest, int) : 0);
  va_end(rest);
  return (flags & O_ACCMODE) != O_RDONLY && fails() ? -1 : real(path, flags, mode);
}

}  // extern "C"
