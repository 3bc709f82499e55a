// bgraph run GRAPH...: carries out a graph, or several as one plan; `bgraph sweep` is its other name.
//
//   stderr   what the graph promises, then live progress        stdout   what came of it
//   exit     0 done, 1 a node failed, 2 wrong graph, 130 stopped by Ctrl-C,
//            75 stopped by SIGTERM or SIGUSR1 with checkpoints written: the same command goes on. In a job script:
//              bgraph run graphs/full.toml; [ $? -eq 75 ] && scontrol requeue $SLURM_JOB_ID
#include <bgraph/core/cli/planning.h>
#include <bgraph/core/cli/verbs.h>
#include <bgraph/core/graph/write.h>
#include <bgraph/core/report/report.h>
#include <bgraph/core/run/execute.h>
#include <bgraph/core/run/interrupt.h>
#include <bgraph/core/run/stamp.h>
#include <bgraph/core/store/durable.h>
#include <bgraph/core/sweep/joint_table.h>
#include <unistd.h>

#include <fmt/format.h>

#include <memory>

namespace bgraph::cli {

namespace {

namespace fs = std::filesystem;

struct Options : PlanningOptions {
  run::RunOptions run;
  bool as_json = false;
};

/// As it was typed; the shell's own quoting is lost.
std::vector<std::string> command_line() {
  std::vector<std::string> words(1);
  for (const char letter : store::read_text("/proc/self/cmdline"))
    if (letter == '\0')
      words.emplace_back();
    else
      words.back() += letter;
  if (words.back().empty()) words.pop_back();
  return words;
}

void print_budgets(const plan::Plan& plan) {
  for (const auto& cell : plan.cells) {
    const auto& settings = cell.graph.settings;
    if (settings.budget.empty()) continue;
    fmt::print(stderr, "{}{}: {}\n", cell.name.empty() ? "" : cell.name + ", ",
               settings.title.empty() ? "budget" : settings.title, settings.budget);
  }
}

void print_outcome(const run::RunRecord& record) {
  using run::Outcome;
  const size_t cached = record.count(Outcome::hit);
  if (cached == record.nodes.size()) {
    fmt::print("nothing to do: {} nodes cached\n", cached);
  } else {
    fmt::print("{} nodes ran, {} cached", record.count(Outcome::ran), cached);
    if (const size_t failed = record.count(Outcome::failed)) fmt::print(", {} failed", failed);
    if (const size_t blocked = record.count(Outcome::blocked)) fmt::print(", {} not run", blocked);
    if (const size_t stopped = record.count(Outcome::cancelled)) fmt::print(", {} stopped", stopped);
    fmt::print(" in {}\n", run::duration_text(record.seconds));
  }
  for (const auto& node : record.nodes)
    if (node.outcome == Outcome::failed)
      fmt::print("failed: {}: {}\n", node.name, node.error.substr(0, node.error.find('\n')));
  if (record.looks > 0) fmt::print("test scores of this graph were looked at {} times so far\n", record.looks);
  const fs::path page = record.folder / "report" / "index.html";
  fmt::print("{}\n", fs::relative(fs::exists(page) ? page : record.folder).string());
}

/// graph.toml: the graph with everything brought in. Of several, graphs/<name>.toml each.
void write_graphs(const fs::path& folder, const Planned& planned) {
  const bool several = planned.files.size() > 1;
  for (size_t i = 0; i < planned.files.size(); ++i) {
    const auto& [name, checked] = planned.files[i];
    const fs::path file = several ? fs::path("graphs") / (std::to_string(i + 1) + "_" + name + ".toml")
                                  : fs::path("graph.toml");
    store::write_whole(folder / file, graph::write_resolved(checked));
  }
}

int carry_out(Options& options) {
  run::leave_when_asked();
  const auto lease = store::Store(options.store).lease();  // from before planning: what is cached stays
  Planned planned = make_plan(options);
  if (options.run.name.empty()) options.run.name = options.file.stem().string();
  options.run.worker = registry::usual_search(options.plugins).worker;
  options.run.final_scores = options.plan.demand.final_scores;
  options.run.terminal = ::isatty(STDERR_FILENO) != 0;
  options.run.command_line = command_line();
  const store::Store& store = *planned.store;
  options.run.writers = {
      [&](const run::RunRecord& record) { write_graphs(record.folder, planned); },
      [&](const run::RunRecord& record) { sweep::write_joint_table(record, store); },
      report::write_report,
  };
  if (options.as_json)
    options.run.listener = [](const Json& line) {
      fmt::print("{}\n", line.dump(-1, ' ', false, Json::error_handler_t::replace));
      std::fflush(stdout);
    };
  if (planned.plan.count(plan::State::hit) < planned.plan.steps.size()) print_budgets(planned.plan);
  const run::RunRecord record = run::execute(planned.plan, planned.plugins.catalogue, store, options.run);
  if (!options.as_json) print_outcome(record);
  return record.exit_code();
}

void add_verb(CLI::App& app, Action& action, const char* name, const char* help) {
  CLI::App* verb = app.add_subcommand(name, help);
  auto options = std::make_shared<Options>();
  add_planning_options(*verb, *options);
  verb->add_option("--name", options->run.name, "Name of the run: runs/NAME; default: the graph file's");
  verb->add_option("--runs", options->run.runs, "Folder of runs")->capture_default_str();
  verb->add_option("--workers", options->run.workers, "Worker processes; 0 = cores / threads per worker")
      ->check(CLI::NonNegativeNumber)
      ->capture_default_str();
  verb->add_flag("--json", options->as_json, "Print what happens as JSON lines (those of journal.jsonl)");
  verb->callback([options, &action] { action = [options] { return carry_out(*options); }; });
}

}  // namespace

void add_run(CLI::App& app, Action& action) {
  add_verb(app, action, "run", "Run a graph; what is cached is not run again");
}

void add_sweep(CLI::App& app, Action& action) {
  add_verb(app, action, "sweep", "Run every cell of a graph's [sweep] as one plan, with one table");
}

}  // namespace bgraph::cli
