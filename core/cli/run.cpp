// bgraph run GRAPH...: carries out a graph, or several as one plan; `bgraph sweep` is its other name.
//
//   stderr   what the graph promises, then live progress        stdout   what came of it
//   exit     0 done, 1 a node failed, 2 wrong graph, 130 stopped by Ctrl-C,
//            75 stopped by SIGTERM or SIGUSR1 with checkpoints written: the same command goes on. In a job script:
//              bgraph run graphs/full.toml; [ $? -eq 75 ] && scontrol requeue $SLURM_JOB_ID
//
// `bgraph sweep GRAPH --table` runs nothing and prints what is known so far, also while another process sweeps.
#include <bgraph/core/cli/planning.h>
#include <bgraph/core/cli/verbs.h>
#include <bgraph/core/graph/write.h>
#include <bgraph/core/plan/separation.h>
#include <bgraph/core/report/report.h>
#include <bgraph/core/run/execute.h>
#include <bgraph/core/run/interrupt.h>
#include <bgraph/core/run/rank_meeting.h>
#include <bgraph/core/run/rank_place.h>
#include <bgraph/core/run/stamp.h>
#include <bgraph/core/store/durable.h>
#include <bgraph/core/sweep/joint_table.h>
#include <bgraph/core/sweep/paired.h>
#include <unistd.h>

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <optional>

namespace bgraph::cli {

namespace {

namespace fs = std::filesystem;

struct Options : PlanningOptions {
  run::RunOptions run;
  std::string launcher = "local";
  bool table = false;
  bool keep_going = false;  // the default: the flag only says so
  bool as_json = false;
  uint64_t memory_bytes = 0;
};

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

/// graph.toml: the graph with everything brought in. Of several, graphs/<name>.toml each, and graphs/index.json.
void write_graphs(const fs::path& folder, const Planned& planned) {
  const bool several = planned.files.size() > 1;
  Json index = Json::object();  // graph file -> where its resolved text stands
  for (size_t i = 0; i < planned.files.size(); ++i) {
    const auto& [name, checked] = planned.files[i];
    const fs::path file = several ? fs::path("graphs") / (std::to_string(i + 1) + "_" + name + ".toml")
                                  : fs::path("graph.toml");
    store::write_whole(folder / file, graph::write_resolved(checked));
    index[checked.graph.file] = file.string();
  }
  if (several) store::write_whole(folder / "graphs/index.json", index.dump(1));
}

/// separation.json: what was fitted to, and that none of it was tested on. Error if some was.
void write_separation(const fs::path& folder, const plan::Plan& plan, const store::Store& store) {
  Json cells = Json::array();
  for (const auto& cell : plan.cells) cells.push_back(plan::separation(plan, cell, store));
  store::write_durably(folder / "separation.json", cells.dump(1));
  if (const int64_t shared = plan::shared_images(cells); shared > 0)
    throw Error(fmt::format("{} test images were fitted to: scores on them mean nothing (separation.json says which)",
                            shared),
                "keep the images of the splits apart");
}

int64_t threads_of(const plan::Plan& plan) {
  int64_t threads = 1;
  for (const auto& cell : plan.cells) threads = std::max(threads, cell.graph.settings.threads);
  return threads;
}

/// Of a run that was started as several processes: whether they will have anything to do.
void warn_of_idle_ranks(const plan::Plan& plan, const RankPlace& place) {
  const auto shared = [](const plan::Step& step) { return step.state != plan::State::hit && step.ranks > 1; };
  if (place.size == 1 || plan.count(plan::State::hit) == plan.steps.size() || std::any_of(plan.steps.begin(), plan.steps.end(), shared)) return;
  fmt::print(stderr, "warning: {} processes were started for this run, but no node that is to run has `ranks`: one does all the work\n"
                     "  fix: set `ranks` on nodes that train, in the graph or by --set NODE.ranks={}\n", place.size, place.size);
}

int carry_out(Options& options) {
  if (options.launcher != "local" && options.launcher != "slurm")
    throw Error("--launcher: expected local or slurm, found '" + options.launcher + "'",
                did_you_mean(options.launcher, {"local", "slurm"}));
  options.run.slurm = options.launcher == "slurm";
  options.run.memory_mib = static_cast<double>(options.memory_bytes) / (1 << 20);
  run::leave_when_asked();
  Planned planned = make_plan(options);
  const RankPlace place = run::rank_place([](const char* name) { return std::getenv(name); });
  const auto worker = registry::usual_search(options.plugins).worker;
  if (place.rank > 0) run::follow(worker, place, threads_of(planned.plan));
  std::optional<run::RankMeeting> meeting;
  if (place.size > 1) options.run.meeting = &meeting.emplace(worker, place);
  warn_of_idle_ranks(planned.plan, place);
  if (options.run.name.empty()) options.run.name = options.file.stem().string();
  options.run.worker = worker;
  options.run.program = fs::read_symlink("/proc/self/exe");
  options.run.final_scores = options.plan.demand.final_scores;
  options.run.terminal = ::isatty(STDERR_FILENO) != 0;
  options.run.command_line = command_line();
  const store::Store& store = *planned.store;
  options.run.writers = {
      [&](const run::RunRecord& record) { write_graphs(record.folder, planned); },
      [&](const run::RunRecord& record) { sweep::write_joint_table(record, store); },
      report::write_report,
      [&](const run::RunRecord& record) { write_separation(record.folder, planned.plan, store); },
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

/// The long table, what is compared with the baseline, and how many cells are complete.
int print_table(const PlanningOptions& options) {
  const Planned planned = make_plan(options);
  const Json joint = sweep::joint_table(sweep::known_so_far(planned.plan), *planned.store);
  size_t done = 0;
  for (const auto& cell : joint["cells"]) done += cell["done"] == true;
  fmt::print("{}", sweep::to_csv(joint));
  if (!joint["paired"].empty()) fmt::print("\n{}", sweep::paired_csv(joint["paired"]));
  fmt::print(stderr, "{} of {} cells are complete\n", done, joint["cells"].size());
  return kSuccess;
}

std::shared_ptr<Options> add_verb(Verb& app, Action& action, const char* name, const char* help,
                                  const char* examples) {
  Verb* verb = app.add_subcommand(name, help);
  auto options = std::make_shared<Options>();
  add_planning_options(*verb, *options);
  verb->footer(examples);
  verb->add_option("--name", options->run.name, "Name of the run: runs/NAME; default: the graph file's");
  verb->add_option("--runs", options->run.runs, "Folder of runs")->capture_default_str();
  verb->add_option("--workers", options->run.workers,
                   "Worker processes; 0 = cores / threads per worker. Of --launcher slurm: jobs at once; 0 = 1000")
      ->check(Check::non_negative)
      ->capture_default_str();
  verb->add_option("--memory", options->memory_bytes,
                   "Nodes that by prediction need more than this together do not run together: 24G; 0 = what is available")
      ->as_size();
  verb->add_option("--launcher", options->launcher,
                   "local: workers on this machine; slurm: each node or cell is a job with what it declares to need. "
                   "Jobs outlive this process; the same command finds them")
      ->capture_default_str();
  auto* fail_fast = verb->add_flag("--fail-fast", options->run.fail_fast,
                                   "Stop at the first failure; what runs is checkpointed");
  verb->add_flag("--keep-going", options->keep_going, "Go on with all that does not need a failed node (the default)")
      ->excludes(fail_fast);
  verb->add_flag("--json", options->as_json, "Print what happens as JSON lines (those of journal.jsonl)");
  verb->callback([options, &action] {
    action = [options] { return options->table ? print_table(*options) : carry_out(*options); };
  });
  return options;
}

}  // namespace

void add_run(Verb& app, Action& action) {
  add_verb(app, action, "run", "Run a graph; what is cached is not run again",
           "Examples:\n"
           "  bgraph run graphs/full.toml\n"
           "  bgraph run graphs/*.toml --seeds 0,1,2 --fail-fast\n"
           "  bgraph run graphs/full.toml --only clusters --set clusters.k=64 --name k64\n"
           "  SBATCH_PARTITION=gpu bgraph run graphs/full.toml --launcher slurm --device cuda\n");
}

void add_sweep(Verb& app, Action& action) {
  const auto options =
      add_verb(app, action, "sweep", "Run every cell of a graph's [sweep] as one plan, with one table",
               "Examples:\n"
               "  bgraph sweep graphs/clusters_k.toml\n"
               "  bgraph sweep graphs/clusters_k.toml --seeds 0,1,2 --baseline clusters.k=64\n"
               "  bgraph sweep graphs/clusters_k.toml --table       what is known so far\n"
               "  bgraph sweep graphs/clusters_k.toml --launcher slurm\n");
  app.get_subcommand("sweep")->add_flag("--table", options->table,
                                        "Run nothing: print the table as far as it is known");
}

}  // namespace bgraph::cli
