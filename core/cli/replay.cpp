// bgraph replay RUN NODE: runs exactly that node again, alone, from its recorded inputs and parameters.
//
//   bgraph replay full clusters                    says whether the outputs are those on record
//   bgraph replay full clusters --debugger gdb     the same under a debugger (any command that takes a program)
//
// A node that failed or killed its worker left all it needs in runs/RUN/capsules/. It starts from the beginning,
// without its checkpoints. Exit code 0 = the outputs on record, 1 = it failed, or gave others.
#include <bgraph/core/cli/options.h>
#include <bgraph/core/cli/verbs.h>
#include <bgraph/core/run/capsule.h>
#include <bgraph/core/run/read_record.h>
#include <bgraph/core/run/worker_environment.h>
#include <bgraph/core/run/worker_process.h>
#include <bgraph/core/store/durable.h>
#include <bgraph/core/store/temporary.h>
#include <bgraph/core/store/user_temporary.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <sstream>

namespace bgraph::cli {

namespace {

namespace fs = std::filesystem;

struct ReplayVerb : PlaceOptions {
  std::string run, node, debugger;
  fs::path runs = "runs";
};

std::vector<std::string> program_of(const ReplayVerb& options, const fs::path& worker, const fs::path& capsule) {
  std::vector<std::string> words;
  std::istringstream debugger(options.debugger);
  for (std::string word; debugger >> word;) words.push_back(word);
  const std::string name = words.empty() ? "" : fs::path(words[0]).filename().string();
  const auto without = [&](const char* word) { return std::find(words.begin(), words.end(), word) == words.end(); };
  if (name.ends_with("gdb") && without("--args")) words.push_back("--args");  // `gdb -q` or another's gdb too
  if (name == "lldb" && without("--")) words.push_back("--");
  words.insert(words.end(), {worker.string(), "--replay", capsule.string()});
  return words;
}

/// Runs a program with this terminal; its wait status.
int run_program(std::vector<std::string> words, std::vector<std::string> environment) {
  std::vector<char*> arguments, variables;
  for (auto& word : words) arguments.push_back(word.data());
  for (auto& entry : environment) variables.push_back(entry.data());
  arguments.push_back(nullptr);
  variables.push_back(nullptr);
  const pid_t child = ::fork();
  if (child == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    ::execvpe(arguments[0], arguments.data(), variables.data());
    fmt::print(stderr, "cannot start {}: {}\n", words[0], std::strerror(errno));
    ::_exit(127);
  }
  ::signal(SIGINT, SIG_IGN);  // Ctrl-C is the debugger's
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  return status;
}

int replay(const ReplayVerb& options) {
  const fs::path folder = run::find_run(options.run, options.runs);
  const registry::Found plugins = load_plugins(options, run::types_in(run::read_manifest(folder)));
  Json capsule = run::capsule_of(folder, options.node, plugins.catalogue);
  const auto* offer = plugins.catalogue.node_offer(capsule["unit"]["type"]);
  if (capsule["build_id"] != offer->build_id)
    spdlog::warn("plugin {} was rebuilt since: this is not the code that ran then", offer->plugin);
  if (capsule.contains("error")) fmt::print("then: {}\n", capsule["error"].get<std::string>());
  std::fflush(stdout);

  const store::TemporaryFolder scratch(store::user_temporary(), "replay");
  capsule["unit"]["checkpoints"] = (scratch.path() / "checkpoints").string();
  store::write_whole(scratch.path() / "capsule.json", capsule.dump(1));
  const auto words = program_of(options, registry::usual_search({}).worker, scratch.path() / "capsule.json");
  const int status = run_program(words, run::worker_environment(capsule.at("threads")));
  if (WIFEXITED(status)) return WEXITSTATUS(status) == 0 ? kSuccess : kFailure;
  fmt::print("it died again: {}\n", run::describe_end(status));
  return kFailure;
}

}  // namespace

void add_replay(Verb& app, Action& action) {
  Verb* verb = app.add_subcommand("replay", "Run one node of a run again, alone, from its recorded inputs");
  auto options = std::make_shared<ReplayVerb>();
  verb->add_option("run", options->run, "Name of the run")->required();
  verb->add_option("node", options->node, "Name of the node")->required();
  verb->add_option("--debugger", options->debugger, "Run it under this: gdb, lldb, valgrind");
  verb->add_option("--runs", options->runs, "Folder of runs")->capture_default_str();
  verb->add_option("--plugins", options->plugins, "Folder or file with plugins, searched first; may be given again")
      ->allow_extra_args(false);
  verb->callback([options, &action] { action = [options] { return replay(*options); }; });
}

}  // namespace bgraph::cli
