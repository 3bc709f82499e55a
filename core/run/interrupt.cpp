#include <bgraph/core/run/interrupt.h>
#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <initializer_list>

namespace bgraph::run {

namespace {

constexpr int kSignals[] = {SIGINT, SIGTERM, SIGUSR1, SIGHUP};

std::atomic<int> g_pressed{0};         // Ctrl-C
std::atomic<bool> g_requeue{false};
int g_pipe[2] = {-1, -1};

void note(int signal) {
  const int saved = errno;
  if (signal == SIGINT)
    ++g_pressed;
  else
    g_requeue = true;
  [[maybe_unused]] const ssize_t written = ::write(g_pipe[1], "!", 1);  // wakes poll
  errno = saved;
}

}  // namespace

Interrupt::Interrupt() {
  g_pressed = 0;
  g_requeue = false;
  if (::pipe2(g_pipe, O_CLOEXEC | O_NONBLOCK) != 0) g_pipe[0] = g_pipe[1] = -1;
  struct sigaction action {};
  action.sa_handler = note;
  ::sigemptyset(&action.sa_mask);
  for (int i = 0; i < 4; ++i) ::sigaction(kSignals[i], &action, &before_[i]);
}

Interrupt::~Interrupt() {
  for (int i = 0; i < 4; ++i) ::sigaction(kSignals[i], &before_[i], nullptr);
  ::close(g_pipe[0]);
  ::close(g_pipe[1]);
  g_pipe[0] = g_pipe[1] = -1;
}

int Interrupt::count() const {
  char drained[16];
  while (::read(g_pipe[0], drained, sizeof drained) > 0) {
  }
  return g_pressed + (g_requeue ? 1 : 0);
}

bool Interrupt::requeue() const { return g_requeue; }

int Interrupt::descriptor() const { return g_pipe[0]; }

void leave_when_asked() {
  struct sigaction action {};
  action.sa_handler = [](int) { ::_exit(kRequeue); };
  ::sigemptyset(&action.sa_mask);
  for (const int signal : {SIGTERM, SIGUSR1}) ::sigaction(signal, &action, nullptr);
}

}  // namespace bgraph::run
