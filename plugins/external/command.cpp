// external.command: any program as a node, say a Python script, with files in and files out.
//
//   takes, gives   its ports, declared in the graph: "betas: Betas, fits", "spectrum: Tensor [V]", "scores: Table"
//   command        what is run; {script} {folder} {in} {out} stand for the script, the folder and the two exchange folders
//
// Inputs lie in {in} as NAME/ (a .npy per tensor, value.json, files), a Tensor also as NAME.npy, members of a list as
// NAME.0, NAME.1, ... The command writes NAME.npy for a Tensor, NAME.csv for a Table, a folder NAME/ of the same form for
// anything else, all into {out}. What it prints goes to the log.
//
// The key holds the command line, the content of `script` and of `folder`, `seed`, `environment` and the inputs: what
// the command can see. It does not hold the programs it calls: name those whose version matters in `environment`. The
// command runs in an empty folder with a short environment (PATH, HOME, BGRAPH_SEED, one thread), in a process group of
// its own; it is stopped with the run, and its death is a sentence. NaN passes as it is.
//
//   [nodes.spectrum]
//   type    = "external.command"
//   command = ["python3", "{script}", "{in}", "{out}"]
//   script  = "spectrum.py"
//   takes   = ["betas: Betas"]
//   gives   = ["spectrum: Tensor [K]", "summary: Table"]
//   inputs  = { betas = "brains.train" }

#include <bgraph/sdk/contract/declared_ports.h>
#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/declared_ports.h>
#include <bgraph/sdk/node.h>

#include <deque>

#include "exchange.h"
#include "process.h"

namespace bgraph::external {

namespace fs = std::filesystem;

struct CommandParams {
  std::vector<std::string> command, takes, gives;
  File script;
  Folder folder;
  int64_t seed = 0;
  std::string environment;
  int64_t most_mib = 0;

  template <class Visitor>
  void visit(Visitor& field) {
    field("command", command, required(), "program and arguments; {script} {folder} {in} {out} are filled in");
    field("script", script, any(), "the file {script} stands for; its content is in the key");
    field("folder", folder, any(), "the folder {folder} stands for, with all that the script reads; in the key too");
    field(kTakes, takes, any(), "inputs: \"NAME: [list of] TYPE [, fits] [, optional]\"");
    field(kGives, gives, required(), "outputs: \"NAME: TYPE [dims] [, split LABEL]\"");
    field("seed", seed, at_least(0), "BGRAPH_SEED of the command");
    field("environment", environment, any(), "what it runs in, in words: \"python 3.11, numpy 1.24\"; in the key");
    field("most_mib", most_mib, operational(at_least(0)), "memory it may ask for, MiB; 0 = not limited");
  }
};

class Command final : public Node {
 public:
  explicit Command(CommandParams params)
      : params_(std::move(params)), ports_(this, params_.takes, params_.gives) {
    graph_declares_ports();
  }

  void run(Context& ctx) override {
    if (params_.command.empty()) throw Error("'command' is empty: there is nothing to run");
    const fs::path root = ctx.scratch(), in = root / "in", out = root / "out", work = root / "work";
    for (const auto& folder : {in, out, work}) fs::create_directories(folder);
    write_inputs(in);
    Program program{filled_in(in, out), work, {}, params_.most_mib};
    program.environment = {{"BGRAPH_SEED", std::to_string(params_.seed)}, {"TMPDIR", work.string()},
                           {"OMP_NUM_THREADS", "1"},  {"OPENBLAS_NUM_THREADS", "1"},
                           {"PYTHONHASHSEED", "0"},   {"PYTHONDONTWRITEBYTECODE", "1"}};
    std::deque<std::string> last_lines;
    const Ending ending = external::run(
        program,
        [&](const std::string& line) {
          ctx.log(line);
          last_lines.push_back(line);
          if (last_lines.size() > kLastLines) last_lines.pop_front();
        },
        [&] { return ctx.cancelled(); });
    if (ending.stopped) throw Cancelled();
    if (!ending.problem.empty()) {
      std::string text = "the command ended with " + ending.problem;
      for (const auto& line : last_lines) text += "\n    " + line;
      throw Error(text);
    }
    for (const auto& output : ports_.outputs) output->set(read_written(output->spec(), out));
  }

 private:
  static constexpr size_t kLastLines = 8;

  void write_inputs(const fs::path& in) const {
    for (const auto& input : ports_.inputs)
      for (size_t i = 0; i < input->values().size(); ++i)
        write_value(*input->values()[i].value, in,
                    input->spec().name + (input->spec().list ? "." + std::to_string(i) : ""));
  }

  std::vector<std::string> filled_in(const fs::path& in, const fs::path& out) const {
    const std::pair<std::string, std::string> names[] = {{"{script}", params_.script.path},
                                                         {"{folder}", params_.folder.path},
                                                         {"{in}", in.string()},
                                                         {"{out}", out.string()}};
    auto words = params_.command;
    for (auto& word : words)
      for (const auto& [name, value] : names) {
        const size_t at = word.find(name);
        if (at == std::string::npos) continue;
        if (value.empty()) throw Error("'command' speaks of " + name + ", but '" + name.substr(1, name.size() - 2) + "' is not given");
        word.replace(at, name.size(), value);
      }
    return words;
  }

  CommandParams params_;
  DeclaredPorts ports_;
};

BGRAPH_NODE(Command, "external.command")

}  // namespace bgraph::external
