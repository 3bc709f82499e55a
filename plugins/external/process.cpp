#include "process.h"

#include <bgraph/sdk/contract/error.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>

namespace bgraph::external {

namespace {

using Clock = std::chrono::steady_clock;
constexpr int kLook_ms = 50;
constexpr std::chrono::seconds kGrace{2};
constexpr int kNotFound = 127;

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> all;
  for (const auto& text : texts) all.push_back(const_cast<char*>(text.c_str()));
  all.push_back(nullptr);
  return all;
}

std::vector<std::string> environment_of(const Program& program) {
  std::vector<std::string> all;
  // PATH, HOME: where programs and their own settings are. LANG: always C, so that numbers have a point.
  for (const char* name : {"PATH", "HOME"})
    if (const char* value = std::getenv(name)) all.push_back(std::string(name) + "=" + value);
  all.emplace_back("LANG=C.UTF-8");
  for (const auto& [name, value] : program.environment) all.push_back(name + "=" + value);
  return all;
}

/// Between fork and exec: system calls only, for other threads may have held locks.
[[noreturn]] void become(const char* folder, char** command, char** environment, int output, int64_t most_mib,
                         pid_t parent) {
  ::setpgid(0, 0);
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent || ::chdir(folder) != 0) ::_exit(kNotFound);
  const int nothing = ::open("/dev/null", O_RDONLY);
  ::dup2(nothing, 0);
  ::dup2(output, 1);
  ::dup2(output, 2);
  if (most_mib > 0) {
    const rlimit limit{static_cast<rlim_t>(most_mib) << 20, static_cast<rlim_t>(most_mib) << 20};
    ::setrlimit(RLIMIT_AS, &limit);
  }
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::execvpe(command[0], command, environment);
  ::_exit(kNotFound);
}

std::string problem_of(int status, const std::string& program) {
  if (WIFSIGNALED(status)) {
    const int number = WTERMSIG(status);
    const char* name = ::sigabbrev_np(number);
    return name ? "SIG" + std::string(name) + " (" + ::strsignal(number) + ")" : "signal " + std::to_string(number);
  }
  const int code = WEXITSTATUS(status);
  if (code == kNotFound) return "exit code 127: '" + program + "' could not be started";
  return code == 0 ? "" : "exit code " + std::to_string(code);
}

/// Whole lines out of what has been read; the rest stays.
void tell_lines(std::string& text, const std::function<void(const std::string&)>& line) {
  for (size_t end; (end = text.find('\n')) != std::string::npos; text.erase(0, end + 1)) line(text.substr(0, end));
}

}  // namespace

Ending run(const Program& program, const std::function<void(const std::string&)>& line,
           const std::function<bool()>& stop) {
  int pipe[2];
  if (::pipe2(pipe, O_CLOEXEC) != 0) throw Error(std::string("no pipe for the command: ") + std::strerror(errno));
  const auto environment = environment_of(program);
  const auto command = pointers(program.command), variables = pointers(environment);
  const std::string folder = program.folder.string();
  const pid_t self = ::getpid(), child = ::fork();
  if (child == 0)
    become(folder.c_str(), const_cast<char**>(command.data()), const_cast<char**>(variables.data()), pipe[1],
           program.most_mib, self);
  ::close(pipe[1]);
  if (child < 0) {
    ::close(pipe[0]);
    throw Error(std::string("the command could not be started: ") + std::strerror(errno));
  }
  ::setpgid(child, child);
  Ending ending;
  std::string text;
  Clock::time_point asked{};
  int status = 0;
  for (bool open = true, alive = true; open || alive;) {
    const bool was_alive = alive;
    pollfd output{pipe[0], POLLIN, 0};
    ::poll(&output, 1, kLook_ms);
    char block[4096];
    const ssize_t count = open && output.revents != 0 ? ::read(pipe[0], block, sizeof block) : -1;
    if (count > 0) text.append(block, static_cast<size_t>(count));
    if (count == 0) open = false;
    tell_lines(text, line);
    if (alive && ::waitpid(child, &status, WNOHANG) == child) alive = false;
    if (!was_alive && count <= 0) open = false;  // what it left behind may hold the pipe for ever
    if (!alive) continue;
    if (!ending.stopped && stop()) {
      ending.stopped = true;
      asked = Clock::now();
      ::kill(-child, SIGTERM);
    }
    if (ending.stopped && Clock::now() - asked > kGrace) ::kill(-child, SIGKILL);
  }
  ::kill(-child, SIGKILL);  // what it started goes with it
  ::close(pipe[0]);
  if (!text.empty()) line(text);
  ending.problem = problem_of(status, program.command.front());
  return ending;
}

}  // namespace bgraph::external
