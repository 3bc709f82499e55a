#include <bgraph/core/run/worker_process.h>

#include <bgraph/core/run/memory.h>
#include <bgraph/core/run/worker_environment.h>
#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/contract/unit.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <ctime>
#include <fstream>

namespace bgraph::run {

namespace {

constexpr int kFrameDescriptor = 3;

/// Between fork and exec: system calls only.
[[noreturn]] void become_worker(const char* program, char** arguments, char** environment, int socket,
                                int output, pid_t parent) {
  ::setpgid(0, 0);
  // When memory runs out the kernel ends a worker, not control and not the user's other programs.
  if (const int score = ::open("/proc/self/oom_score_adj", O_WRONLY); score >= 0) {
    [[maybe_unused]] const ssize_t written = ::write(score, "500", 3);
    ::close(score);
  }
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);  // not SIGKILL: the worker takes its own children with it (worker/parent.h)
  if (::getppid() != parent) ::_exit(127);  // the parent died before it could be watched
  const int nothing = ::open("/dev/null", O_RDONLY);
  ::dup2(nothing, 0);
  ::dup2(output, 1);
  ::dup2(output, 2);
  if (socket == kFrameDescriptor)
    ::fcntl(socket, F_SETFD, 0);
  else
    ::dup2(socket, kFrameDescriptor);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::execve(program, arguments, environment);
  ::_exit(127);
}

}  // namespace

WorkerProcess::WorkerProcess(const WorkerSettings& settings) {
  if (::access(settings.program.c_str(), X_OK) != 0)
    throw Error("the worker program " + settings.program.string() + " cannot be started: " +
                    std::strerror(errno),
                "build it (target bgraph-worker); it stands beside bgraph");
  int sockets[2], pipe[2];
  if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets) != 0)
    throw Error(std::string("cannot make a socket for a worker: ") + std::strerror(errno));
  if (::pipe2(pipe, O_CLOEXEC) != 0) {
    ::close(sockets[0]), ::close(sockets[1]);
    throw Error(std::string("cannot make a pipe for a worker: ") + std::strerror(errno));
  }
  const std::vector<std::string> environment = worker_environment(settings.threads);
  auto variables = words_of(environment);
  const std::string program = settings.program.string();
  char* arguments[] = {const_cast<char*>(program.c_str()), nullptr};

  ended_before_ = ended_for_memory();
  const pid_t self = ::getpid();
  pid_ = ::fork();
  if (pid_ == 0)
    become_worker(program.c_str(), arguments, variables.data(), sockets[1], pipe[1], self);
  const int problem = errno;
  ::close(sockets[1]);
  ::close(pipe[1]);
  socket_ = sockets[0];
  output_ = pipe[0];
  if (pid_ < 0) {
    ::close(socket_), ::close(output_);
    throw Error(std::string("cannot start a worker: ") + std::strerror(problem));
  }
  ::setpgid(pid_, pid_);  // also here: whichever of the two comes first
  ::fcntl(output_, F_SETFL, O_NONBLOCK);
  // A worker that reads nothing must not hold up the whole run.
  const timeval patience{.tv_sec = 10, .tv_usec = 0};
  ::setsockopt(socket_, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
}

WorkerProcess::~WorkerProcess() {
  signal(SIGKILL);
  ended(10);
  ::close(socket_);
  ::close(output_);
}

void WorkerProcess::send(const Json& frame) const {
  try {
    send_frame(socket_, frame);
  } catch (const Error&) {
    // It is gone: its death is reported with its reason by `ended`.
  }
}

void WorkerProcess::give(const Unit& unit) {
  try {
    send_unit(socket_, unit, unit.components == components_);
    components_ = unit.components;
  } catch (const Error&) {
    // likewise
  }
}

void WorkerProcess::signal(int number) const { ::kill(-pid_, number); }

double WorkerProcess::memory_mib() const {
  std::ifstream in("/proc/" + std::to_string(pid_) + "/statm");  // in pages: size, resident, of it shared with files
  double size = 0, resident = 0, of_files = 0;
  in >> size >> resident >> of_files;
  return (resident - of_files) * static_cast<double>(::sysconf(_SC_PAGESIZE)) / (1 << 20);
}

std::optional<int> WorkerProcess::ended(double seconds) {
  constexpr timespec kStep{.tv_sec = 0, .tv_nsec = 1'000'000};
  for (int left = static_cast<int>(seconds * 1000);; --left) {
    int status = 0;
    if (!status_ && ::waitpid(pid_, &status, WNOHANG) == pid_) status_ = status;
    if (status_ || left <= 0) return status_;
    ::nanosleep(&kStep, nullptr);
  }
}

bool WorkerProcess::ran_out_of_memory() const {
  return status_ && WIFSIGNALED(*status_) && WTERMSIG(*status_) == SIGKILL && ended_before_ && ended_for_memory() > ended_before_;
}

std::string WorkerProcess::end_text() const {
  return ran_out_of_memory() ? "SIGKILL (Killed) by the kernel, as memory ran out" : describe_end(*status_);
}

std::string describe_end(int wait_status) {
  if (WIFEXITED(wait_status)) return "exit code " + std::to_string(WEXITSTATUS(wait_status));
  const int number = WTERMSIG(wait_status);
  const char* name = ::sigabbrev_np(number);
  std::string text = name == nullptr ? "signal " + std::to_string(number)
                                     : "SIG" + std::string(name) + " (" + ::strsignal(number) + ")";
  if (number == SIGKILL) text += "; the system does this when memory runs out";
  return text;
}

}  // namespace bgraph::run
