#include <bgraph/core/run/interrupt.h>
#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

namespace bgraph::run {

namespace {

constexpr int kSignals[] = {SIGINT, SIGTERM, SIGHUP};

std::atomic<int> g_count{0};
int g_pipe[2] = {-1, -1};

void note(int) {
  const int saved = errno;
  ++g_count;
  [[maybe_unused]] const ssize_t written = ::write(g_pipe[1], "!", 1);  // wakes poll
  errno = saved;
}

}  // namespace

Interrupt::Interrupt() {
  g_count = 0;
  if (::pipe2(g_pipe, O_CLOEXEC | O_NONBLOCK) != 0) g_pipe[0] = g_pipe[1] = -1;
  struct sigaction action {};
  action.sa_handler = note;
  ::sigemptyset(&action.sa_mask);
  for (int i = 0; i < 3; ++i) ::sigaction(kSignals[i], &action, &before_[i]);
}

Interrupt::~Interrupt() {
  for (int i = 0; i < 3; ++i) ::sigaction(kSignals[i], &before_[i], nullptr);
  ::close(g_pipe[0]);
  ::close(g_pipe[1]);
  g_pipe[0] = g_pipe[1] = -1;
}

int Interrupt::count() const {
  char drained[16];
  while (::read(g_pipe[0], drained, sizeof drained) > 0) {
  }
  return g_count;
}

int Interrupt::descriptor() const { return g_pipe[0]; }

}  // namespace bgraph::run
