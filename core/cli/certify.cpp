// bgraph certify PLUGIN GRAPH: what a plugin author asks before publishing.
//
//   manifest   what the file says of itself is what its code says, and survives being written and read
//   repeats    the same bytes from another process       threads   and with another thread count
//   pure       the same bytes again in one process, and from two at once; its inputs untouched
//   cancel     seconds from the wish to stop to the end (at most 2)
//   memory     measured peak against the declared one
//   nan        what one NaN in every input does; "absorbed" must be explained in the manual
//
// GRAPH uses the nodes; it is run first, what is cached is not run again. Exit code 0 when everything holds.
#include <bgraph/core/cli/planning.h>
#include <bgraph/core/cli/verbs.h>
#include <bgraph/core/plan/needs.h>
#include <bgraph/core/registry/describe.h>
#include <bgraph/core/run/audit.h>
#include <bgraph/core/run/step_run.h>
#include <bgraph/core/run/trial.h>

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <memory>

namespace bgraph::cli {

namespace {

namespace fs = std::filesystem;

constexpr double kMostCancel_s = 2.0;
constexpr double kMemoryMargin = 1.1;  // resident memory is counted in pages and kept by allocators

struct CertifyVerb : PlanningOptions {
  fs::path plugin;
  run::RunOptions run;
};

/// Lines of one node, and whether all of them are right.
class Findings {
 public:
  void holds(const char* what, const std::string& text) { fmt::print("  ok    {:<9} {}\n", what, text); }
  void note(const char* what, const std::string& text) { fmt::print("  note  {:<9} {}\n", what, text); }
  void fails(const char* what, const std::string& text) {
    fmt::print("  FAIL  {:<9} {}\n", what, text);
    ++failures_;
  }
  /// An empty problem holds.
  void judge(const char* what, const std::string& right, const std::string& problem) {
    if (problem.empty()) holds(what, right);
    else fails(what, problem);
  }
  int failures() const { return failures_; }

 private:
  int failures_ = 0;
};

/// Without the texts that depend on where the source tree lies.
Json without_manual(Json manifest) {
  for (const char* kind : {"nodes", "components"})
    for (auto& offer : manifest[kind])
      for (const char* key : {"doc", "summary", "source"}) offer.erase(key);
  return manifest;
}

void check_manifest(const PluginFile& file, const fs::path& worker, Findings& findings) {
  if (file.manifest.empty())
    return findings.fails("manifest", "the file carries none: build it with bgraph_plugin()");
  const Json embedded = Json::parse(file.manifest, nullptr, false);
  const Manifest manifest = manifest_from_json(embedded);
  const Json told = Json::parse(registry::describe_in_child(worker, file.file), nullptr, false);
  std::string problem;
  if (to_json(manifest) != embedded) problem = "it changes when it is read and written";
  else if (without_manual(told) != without_manual(embedded)) problem = "its code says something else: build it again";
  findings.judge("manifest", fmt::format("{} nodes, {} components", manifest.nodes.size(), manifest.components.size()),
                 problem);
  if (!manifest.semantic_version.empty())
    findings.note("promise", fmt::format("all builds of semantic version {} give the same results", manifest.semantic_version));
}

void check_cancel(const Json& seconds, Findings& findings) {
  if (seconds.is_null()) return findings.note("cancel", "over too soon to be stopped");
  const std::string text = fmt::format("ended {:.2f} s after the wish to stop", seconds.get<double>());
  findings.judge("cancel", text, seconds.get<double>() <= kMostCancel_s ? "" : text + "; ask ctx.stop_if_cancelled() in its loops");
}

struct MemoryMib {
  double declared = 0;
  double measured = 0;
};

void check_memory(const plan::Step& step, const MemoryMib& memory, Findings& findings) {
  if (step.offer->spec.memory.empty())
    return findings.note("memory", fmt::format("{:.0f} MiB measured, nothing declared (needs_memory)", memory.measured));
  const std::string text = fmt::format("{:.0f} MiB measured, {:.0f} declared", memory.measured, memory.declared);
  findings.judge("memory", text, memory.measured <= memory.declared * kMemoryMargin ? "" : text);
}

void check_nan(const std::string& behaviour, const std::string& manual, Findings& findings) {
  const bool explained = manual.find("NaN") != std::string::npos;
  if (behaviour == "absorbed" && !explained)
    return findings.fails("nan", "absorbed, and the manual does not speak of NaN");
  findings.holds("nan", behaviour + (explained ? "" : "; the manual does not speak of NaN"));
}

void check_node(const plan::Step& step, const run::Verdict& verdict, const Json& trial, const MemoryMib& memory,
                Findings& findings) {
  fmt::print("{} ({})\n", step.name, step.offer->spec.type);
  if (!verdict.error.empty()) findings.fails("repeats", verdict.error);
  else findings.judge("repeats", "the same bytes from another process",
                      verdict.repeats ? "" : verdict.differences.empty() ? "other bytes" : verdict.differences.front());
  if (verdict.error.empty() && verdict.repeats)
    findings.judge("threads", "the same bytes with other threads",
                   verdict.any_threads ? "" : verdict.differences.empty() ? "other bytes" : verdict.differences.front());
  if (trial.contains("error")) return findings.fails("trial", trial["error"]);
  findings.judge("pure", "the same bytes again in one process", trial["pure"]);
  findings.judge("inputs", "not written to", trial["inputs"]);
  findings.judge("at once", "the same bytes from two at once", trial["threads"]);
  check_cancel(trial["cancel_s"], findings);
  check_memory(step, memory, findings);
  check_nan(trial["nan"], step.offer->spec.doc, findings);
}

/// The plan with everything cached; what is not is run first.
Planned run_whole(CertifyVerb& options) {
  Planned planned = make_plan(options);
  if (planned.plan.count(plan::State::hit) < planned.plan.steps.size() &&
      run::execute(planned.plan, planned.plugins.catalogue, *planned.store, options.run).exit_code() != 0)
    throw Error("the graph must run before its nodes can be certified", "bgraph run " + options.file.string());
  return make_plan(options);
}

/// The steps that are nodes of the plugin.
std::vector<size_t> own_steps(const CertifyVerb& options, const plan::Plan& plan) {
  const fs::path real = fs::weakly_canonical(options.plugin);
  std::vector<size_t> ours;
  for (size_t i = 0; i < plan.steps.size(); ++i)
    if (plan.steps[i].offer->file == real) ours.push_back(i);
  if (ours.empty())
    throw Error(options.file.string() + " uses no node of " + options.plugin.string(), "name a graph that does");
  return ours;
}

int64_t threads_of(const plan::Plan& plan) {
  int64_t threads = 1;
  for (const auto& cell : plan.cells) threads = std::max(threads, cell.graph.settings.threads);
  return threads;
}

MemoryMib memory_of(const Planned& planned, const plan::Step& step) {
  MemoryMib memory;
  if (const auto record = planned.store->record(step.key)) memory.measured = record->peak_mib;
  if (const std::string& needs = step.offer->spec.memory; !needs.empty())
    memory.declared = plan::memory_mib(needs, plan::needs_of(planned.plan, step, *planned.store)).value_or(0);
  return memory;
}

void check_nodes(const CertifyVerb& options, const Planned& planned, Findings& findings) {
  const plan::Plan& plan = planned.plan;
  const auto& catalogue = planned.plugins.catalogue;
  const auto ours = own_steps(options, plan);
  const int64_t threads = threads_of(plan), others = threads == 1 ? 2 : 1;
  const auto verdicts = run::audit(plan, ours, catalogue, *planned.store, options.run, {threads, others});
  const auto components = catalogue.component_files();
  std::vector<Unit> units;
  for (const size_t index : ours)
    units.push_back(run::unit_of(plan, plan.steps[index], {}, {.key = plan.steps[index].key}, components, *planned.store));
  const auto trials = run::trials(options.run.worker, units, threads);
  for (size_t i = 0; i < ours.size(); ++i) {
    const plan::Step& step = plan.steps[ours[i]];
    check_node(step, verdicts[i], trials[i], memory_of(planned, step), findings);
  }
}

int certify(CertifyVerb& options) {
  const PluginFile file = read_plugin_file(options.plugin);
  options.plugins.push_back(options.plugin);
  options.run.name = "certify-" + options.file.stem().string();
  options.run.worker = registry::usual_search(options.plugins).worker;
  options.run.terminal = ::isatty(STDERR_FILENO) != 0;
  Findings findings;
  fmt::print("{}\n", file.file.string());
  check_manifest(file, options.run.worker, findings);
  check_nodes(options, run_whole(options), findings);
  fmt::print("{}\n", findings.failures() == 0 ? "certified" : fmt::format("{} things to put right", findings.failures()));
  return findings.failures() == 0 ? kSuccess : kFailure;
}

}  // namespace

void add_certify(Verb& app, Action& action) {
  Verb* verb = app.add_subcommand("certify", "Try a plugin's nodes: purity, repeatability, threads, memory, NaN");
  auto options = std::make_shared<CertifyVerb>();
  verb->add_option("plugin", options->plugin, "Plugin file (.so)")->required();
  add_planning_options(*verb, *options);
  verb->add_option("--runs", options->run.runs, "Folder of runs")->capture_default_str();
  verb->footer("Examples:\n  bgraph certify smooth/build/smooth.smooth.so smooth/graph.toml\n"
               "  bgraph certify build/plugins/clusters.gmm.so graphs/full.toml --only clusters\n");
  verb->callback([options, &action] { action = [options] { return certify(*options); }; });
}

}  // namespace bgraph::cli
