#include <bgraph/core/run/trial.h>

#include <bgraph/core/run/worker_environment.h>
#include <bgraph/core/run/worker_process.h>
#include <bgraph/core/store/durable.h>
#include <bgraph/core/store/temporary.h>
#include <bgraph/core/store/user_temporary.h>
#include <bgraph/sdk/contract/error.h>
#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <sstream>

namespace bgraph::run {

namespace fs = std::filesystem;

namespace {

/// Runs the worker on a file of units; its stdout goes into `answers`. Returns its wait status.
int run_worker(const fs::path& worker, const fs::path& units, const fs::path& answers, int64_t threads) {
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, answers.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  const std::vector<std::string> words = {worker.string(), "--certify", units.string()};
  const auto environment = worker_environment(threads);
  const auto arguments = words_of(words), variables = words_of(environment);
  pid_t child = 0;
  const int failed = ::posix_spawn(&child, worker.c_str(), &actions, nullptr, arguments.data(), variables.data());
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) throw Error("cannot start " + worker.string() + ": " + std::strerror(failed));
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  return status;
}

}  // namespace

std::vector<Json> trials(const fs::path& worker, const std::vector<Unit>& units, int64_t threads) {
  const store::TemporaryFolder folder(store::user_temporary(), "certify");
  const fs::path file = folder.path() / "units.json", answers = folder.path() / "answers";
  std::vector<Json> found;
  while (found.size() < units.size()) {
    Json left = Json::array();
    for (size_t i = found.size(); i < units.size(); ++i) left.push_back(to_json(units[i]));
    store::write_whole(file, left.dump());
    const int status = run_worker(worker, file, answers, threads);
    std::istringstream lines(store::read_text(answers));
    for (std::string line; std::getline(lines, line) && found.size() < units.size();) {
      const Json answer = Json::parse(line, nullptr, false);
      if (answer.is_object() && answer.contains("node")) found.push_back(answer);  // else what a plugin printed
    }
    if (found.size() < units.size())
      found.push_back({{"node", units[found.size()].node}, {"error", "its trial ended with " + describe_end(status)}});
  }
  return found;
}

}  // namespace bgraph::run
