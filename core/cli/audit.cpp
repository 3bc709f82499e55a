// bgraph audit GRAPH: runs every node twice more, with the same and with other thread counts, and says which give the
// same bits.
//
//   exit code 0 when all do, 1 when some do not
#include <bgraph/core/cli/planning.h>
#include <bgraph/core/cli/verbs.h>
#include <bgraph/core/run/audit.h>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <memory>

namespace bgraph::cli {

namespace {

struct AuditVerb : PlanningOptions {
  run::RunOptions run;
  std::vector<int64_t> threads;
  bool json = false;
};

const char* word(const run::Verdict& verdict) {
  if (!verdict.error.empty()) return "failed";
  if (!verdict.repeats) return "varies between runs";
  return verdict.any_threads ? "bit-stable" : "varies with threads";
}

void print(const std::vector<run::Verdict>& verdicts, const std::vector<int64_t>& threads) {
  size_t width = 0, stable = 0;
  for (const auto& verdict : verdicts) {
    width = std::max(width, verdict.node.size());
    stable += verdict.stable();
  }
  for (const auto& verdict : verdicts) {
    fmt::print("{:<19}  {:<{}}  {}\n", word(verdict), verdict.node, width, verdict.type);
    if (!verdict.error.empty()) fmt::print("  {}\n", verdict.error.substr(0, verdict.error.find('\n')));
    for (const auto& line : verdict.differences) fmt::print("  {}\n", line);
  }
  fmt::print("{} of {} nodes are bit-stable with {} threads\n", stable, verdicts.size(), fmt::join(threads, " and "));
}

int inspect(AuditVerb& options) {
  Planned planned = make_plan(options);
  int64_t own = 1;
  for (const auto& cell : planned.plan.cells) own = std::max(own, cell.graph.settings.threads);
  std::vector<int64_t> threads = {own};
  for (const int64_t count : options.threads.empty() ? std::vector<int64_t>{own == 1 ? 2 : 1} : options.threads)
    if (count != own) threads.push_back(count);
  options.run.name = "audit-" + options.file.stem().string();
  options.run.worker = registry::usual_search(options.plugins).worker;
  options.run.terminal = ::isatty(STDERR_FILENO) != 0;
  const auto& catalogue = planned.plugins.catalogue;
  if (planned.plan.count(plan::State::hit) < planned.plan.steps.size()) {
    const auto record = run::execute(planned.plan, catalogue, *planned.store, options.run);
    if (record.exit_code() != 0)
      throw Error("the graph must run before it can be audited; " + std::to_string(record.count(run::Outcome::failed)) +
                      " nodes failed",
                  "bgraph run " + options.file.string());
  }
  const auto verdicts = run::audit(planned.plan, run::all_steps(planned.plan), catalogue, *planned.store, options.run, threads);
  if (options.json) {
    Json all = Json::array();
    for (const auto& verdict : verdicts)
      all.push_back({{"node", verdict.node}, {"type", verdict.type}, {"verdict", word(verdict)},
                     {"repeats", verdict.repeats}, {"any_threads", verdict.any_threads}, {"error", verdict.error},
                     {"differences", verdict.differences}});
    fmt::print("{}\n", all.dump(1));
  } else {
    print(verdicts, threads);
  }
  return std::all_of(verdicts.begin(), verdicts.end(), [](const auto& one) { return one.stable(); }) ? kSuccess : kFailure;
}

}  // namespace

void add_audit(Verb& app, Action& action) {
  Verb* verb = app.add_subcommand("audit", "Run nodes again with other thread counts; say which are bit-stable");
  auto options = std::make_shared<AuditVerb>();
  add_planning_options(*verb, *options);
  verb->add_option("--threads", options->threads, "Thread counts to try; default: 2, or 1 if the graph says more")
      ->delimiter(',')
      ->check(Check::positive)
      ->allow_extra_args(false);
  verb->add_option("--runs", options->run.runs, "Folder of runs")->capture_default_str();
  verb->add_option("--workers", options->run.workers, "Worker processes; 0 = cores / threads per worker")
      ->check(Check::non_negative);
  verb->add_flag("--json", options->json, "Print JSON");
  verb->footer("Examples:\n  bgraph audit graphs/full.toml\n  bgraph audit graphs/full.toml --only clusters --threads 2,4\n");
  verb->callback([options, &action] { action = [options] { return inspect(*options); }; });
}

}  // namespace bgraph::cli
