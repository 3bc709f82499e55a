// convert_in_child: the reader of foreign files lives in a process that may die.
#include <bgraph/core/import/convert.h>
#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/contract/manifest.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace bgraph::import {

namespace {

/// What a file can say ends up on a terminal: no control letters.
std::string printable(std::string text) {
  for (char& letter : text)
    if (static_cast<unsigned char>(letter) < 0x20 || letter == 0x7f) letter = '?';
  return text;
}

/// The file mapped once and its records: more memory than that no sound file can ask for.
void limit_memory(const Request& request) {
  std::error_code unknown;
  const uintmax_t size = std::filesystem::file_size(request.file, unknown);
  const rlim_t most = (unknown ? 0 : size) + (rlim_t{4} << 30);
  const rlimit space{most, most}, no_core{0, 0};
#ifndef __SANITIZE_ADDRESS__  // whose shadow memory is terabytes of address space
  ::setrlimit(RLIMIT_AS, &space);
#endif
  static_cast<void>(space);
  ::setrlimit(RLIMIT_CORE, &no_core);
}

Json answer_of(const Request& request) {
  try {
    const Report report = convert(request);
    return {{"container", report.container}, {"holds", printable(report.holds)}, {"taken", printable(report.taken)},
            {"left", report.left},           {"tensors", report.tensors},        {"bytes", report.bytes},
            {"outside", report.outside}};
  } catch (const Error& error) {
    return {{"error", printable(error.what())}, {"fix", printable(error.fix())}};
  } catch (const std::exception& error) {
    return {{"error", printable(request.file.string() + ": " + error.what())}, {"fix", ""}};
  }
}

[[noreturn]] void be_child(const Request& request, int out, pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(1);
  limit_memory(request);
  const std::string text = answer_of(request).dump(-1, ' ', true, Json::error_handler_t::replace);
  for (size_t sent = 0; sent < text.size();) {
    const ssize_t count = ::write(out, text.data() + sent, text.size() - sent);
    if (count < 0 && errno != EINTR) ::_exit(1);
    if (count > 0) sent += static_cast<size_t>(count);
  }
  ::_exit(0);
}

std::string read_all(int in) {
  std::string text;
  char block[4096];
  for (ssize_t count; (count = ::read(in, block, sizeof block)) != 0;) {
    if (count < 0 && errno != EINTR) break;
    if (count > 0) text.append(block, static_cast<size_t>(count));
  }
  return text;
}

}  // namespace

Report convert_in_child(const Request& request) {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw Error(std::string("no pipe: ") + std::strerror(errno));
  const pid_t self = ::getpid(), child = ::fork();
  if (child == 0) be_child(request, ends[1], self);
  const int problem = errno;
  ::close(ends[1]);
  if (child < 0) {
    ::close(ends[0]);
    throw Error(std::string("cannot start a process to read ") + request.file.string() + ": " + std::strerror(problem));
  }
  const std::string text = read_all(ends[0]);
  ::close(ends[0]);
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  const Json answer = Json::parse(text, nullptr, false);
  if (answer.is_discarded())
    throw Error(request.file.string() + " could not be read: the process that tried ended with " +
                    (WIFSIGNALED(status) ? std::string(::strsignal(WTERMSIG(status)))
                                         : "code " + std::to_string(WEXITSTATUS(status))),
                "the file is damaged or hostile; fetch it again");
  if (answer.contains("error")) throw Error(answer.at("error"), answer.at("fix").get<std::string>());
  return {.container = answer.at("container"), .holds = answer.at("holds"), .taken = answer.at("taken"),
          .left = answer.at("left"), .tensors = answer.at("tensors"), .bytes = answer.at("bytes"),
          .outside = answer.at("outside")};
}

}  // namespace bgraph::import
