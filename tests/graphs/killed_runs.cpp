#include "killed_runs.h"

#include "../core/ended.h"
#include "has_checkpoint.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

namespace bgraph::testing {

namespace fs = std::filesystem;

KilledRuns::KilledRuns() : folder_(fs::canonical(scratch_.path)) {
  const fs::path programs = fs::path(BGRAPH_PROGRAM).parent_path();
  fs::create_directories(folder_ / "bin");
  for (const char* program : {"bgraph", "bgraph-worker"})
    fs::copy_file(programs / program, folder_ / "bin" / program);
  fs::create_directory_symlink(programs.parent_path() / "plugins", folder_ / "plugins");
}

KilledRuns::~KilledRuns() {
  for (const pid_t worker : workers()) ::kill(worker, SIGKILL);
}

pid_t KilledRuns::start(const std::string& name) const {
  const pid_t control = ::fork();
  if (control != 0) return control;
  const int said = ::open((folder_ / (name + ".txt")).c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0644);
  ::dup2(said, 1);
  ::dup2(said, 2);
  ::setenv("BGRAPH_CHECKPOINT_SECONDS", "0.02", 1);
  const std::string program = folder_ / "bin/bgraph", store = folder_ / "store", runs = folder_ / "runs",
                    graph = std::string(BGRAPH_SOURCE_DIR) + "/tests/graphs/killed.toml";
  ::execl(program.c_str(), program.c_str(), "run", graph.c_str(), "--name",
          name.c_str(), "--store", store.c_str(), "--runs", runs.c_str(), nullptr);
  ::_exit(127);
}

int KilledRuns::wait(pid_t control) const { return end_of(control); }

bool KilledRuns::ended_within(pid_t control, double seconds, int& code) const {
  int status = 0;
  for (int left = static_cast<int>(seconds * 1000); left >= 0; --left) {
    if (::waitpid(control, &status, WNOHANG) == control) {
      code = exit_code(status);
      return true;
    }
    ::usleep(1000);
  }
  return false;
}

int KilledRuns::command(const std::string& words) const {
  const std::string verb = words.substr(0, words.find(' '));
  return shell("cd " + folder_.string() + " && bin/bgraph " + words + " > " + verb + ".txt 2>&1");
}

std::vector<pid_t> KilledRuns::workers() const {
  std::vector<pid_t> alive;
  for (const auto& entry : fs::directory_iterator("/proc")) {
    std::error_code gone;
    if (fs::read_symlink(entry.path() / "exe", gone) == folder_ / "bin/bgraph-worker")
      alive.push_back(std::atoi(entry.path().filename().c_str()));
  }
  return alive;
}

bool KilledRuns::workers_gone() const {
  for (int patience = 0; patience < 1000; ++patience) {
    if (workers().empty()) return true;
    ::usleep(10'000);
  }
  return false;
}

void KilledRuns::forget_store() const { fs::remove_all(folder_ / "store"); }

std::map<std::string, ino_t> KilledRuns::finished() const {
  std::map<std::string, ino_t> records;
  std::error_code none;
  for (const auto& entry : fs::recursive_directory_iterator(folder_ / "store/keys", none)) {
    struct stat status {};
    if (entry.path().extension() == ".json" && ::stat(entry.path().c_str(), &status) == 0)
      records[entry.path().stem()] = status.st_ino;
  }
  return records;
}

std::map<std::string, Json> KilledRuns::outputs(const std::string& name) const {
  std::map<std::string, Json> all;
  const Json manifest = Json::parse(text("runs/" + name + "/manifest.json"));
  for (const auto& node : manifest.at("nodes"))
    all[node.at("name")] = node.at("outputs");
  return all;
}

std::string KilledRuns::text(const fs::path& file) const {
  std::ifstream in(folder_ / file);
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

size_t KilledRuns::leftovers() const {
  size_t count = 0;
  for (const char* place : {"store/tmp", "runs/.unfinished", "store/unfinished"}) {
    std::error_code none;
    for (const auto& entry : fs::directory_iterator(folder_ / place, none))
      if (entry.is_directory()) ++count;
  }
  return count;
}

bool KilledRuns::has_checkpoint() const { return testing::has_checkpoint(folder_ / "store"); }

}  // namespace bgraph::testing
