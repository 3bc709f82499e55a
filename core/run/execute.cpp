#include <bgraph/core/run/execute.h>

#include <bgraph/core/run/curves.h>
#include <bgraph/core/run/journal.h>
#include <bgraph/core/run/looks.h>
#include <bgraph/core/run/memory.h>
#include <bgraph/core/run/pool.h>
#include <bgraph/core/run/progress.h>
#include <bgraph/core/run/run_folder.h>
#include <bgraph/core/run/scheduler.h>
#include <bgraph/core/run/slurm.h>
#include <bgraph/core/run/stamp.h>
#include <bgraph/core/run/tables.h>
#include <bgraph/core/run/trace.h>
#include <bgraph/core/store/durable.h>
#include <bgraph/core/store/roots.h>
#include <bgraph/core/store/sweep.h>
#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/contract/version.h>
#include <sched.h>

#include <algorithm>
#include <exception>
#include <memory>

namespace bgraph::run {

namespace fs = std::filesystem;

namespace {

constexpr char kResultsFile[] = "results";
constexpr int kJobs = 1000;  // that wait or run at once

/// What the plan knows of a step, added to what its run has left in `node`.
NodeRecord described(const plan::Plan& plan, size_t index, NodeRecord node) {
  const plan::Step& step = plan.steps[index];
  node.name = step.name;
  node.node = step.node;
  node.type = step.offer->spec.type;
  node.summary = step.offer->spec.summary;
  node.plugin = step.offer->plugin;
  node.build_id = step.offer->build_id;
  node.params = step.params;
  node.key = step.key;
  node.why = step.why;
  node.outputs = step.outputs;
  if (node.outputs.count(kCurvesPort) > 0) node.output_types[kCurvesPort] = "Table";
  for (const auto& port : step.offer->spec.outputs) node.output_types[port.name] = port.type;
  for (const auto& [port, sources] : step.sources)
    for (const auto& source : sources)
      node.inputs[port].push_back(plan.steps[source.step].name + "." + source.port);
  return node;
}

NodeRecord cached(const plan::Step& step, const store::Store& store) {
  NodeRecord node{.outcome = Outcome::hit};
  if (const auto record = store.record(step.key)) add_cost(node, *record);
  return node;
}

/// The results of a plan whose steps are all there: the same digest means the same run folder.
std::string results_of(const plan::Plan& plan, bool final_scores) {
  FieldHasher hasher;
  hasher.integer("final", final_scores);
  for (const auto& cell : plan.cells) {
    hasher.text("cell", cell.name).text("title", cell.graph.settings.title).text("file", cell.graph.file);
    hasher.integer("seed", cell.graph.settings.seed);
    for (const auto& [node, step] : cell.steps)
      hasher.text("node", node).text("step", plan.steps[step].name).text("key", plan.steps[step].key);
  }
  return hasher.finish().hex();
}

RunRecord start_record(const plan::Plan& plan, const store::Store& store, const RunOptions& options) {
  RunRecord record;
  record.name = options.name;
  record.store = store.root();
  record.command_line = options.command_line;
  record.started_at = utc_now();
  record.final_scores = options.final_scores;
  record.versions = {{"bgraph", kSdkVersion}, {"numerics", kNumericsVersion}};
  for (const auto& cell : plan.cells) {
    record.cells.push_back({cell.name, cell.graph, cell.steps});
    record.threads = std::max(record.threads, cell.graph.settings.threads);
  }
  return record;
}

/// True if runs/<name> is whole and already tells of exactly these results.
bool told_already(const fs::path& folder, const std::string& results) {
  return fs::exists(folder / kResultsFile) && store::read_text(folder / kResultsFile) == results;
}

/// A run that found its folder as it would have written it: names and outputs, no costs.
RunRecord nothing_done(const plan::Plan& plan, const fs::path& folder, const RunOptions& options) {
  RunRecord record{.name = options.name, .folder = folder, .final_scores = options.final_scores};
  record.nodes.reserve(plan.steps.size());
  for (const auto& step : plan.steps)
    record.nodes.push_back({.name = step.name, .key = step.key, .outcome = Outcome::hit, .outputs = step.outputs});
  if (options.listener) {
    options.listener(plan_line(plan));
    options.listener(end_line(record));
  }
  return record;
}

void write_tables(const RunRecord& record, const store::Store& store) {
  if (record.cells.size() == 1)
    return store::write_durably(record.folder / "metrics.json",
                                tables_of(record.cells.front(), record, store).dump(1));
  Json all = Json::object();
  for (const auto& cell : record.cells) {
    const Json own = tables_of(cell, record, store);
    store::write_durably(record.folder / "cells" / cell.name / "metrics.json", own.dump(1));
    for (const auto& [table, rows] : own.items()) all[cell.name + "/" + table] = rows;
  }
  store::write_durably(record.folder / "metrics.json", all.dump(1));
}

/// Every file of the folder. What one writer cannot write does not keep the others from it.
std::exception_ptr write_all(const RunRecord& record, const store::Store& store,
                             const std::vector<Writer>& writers) {
  std::exception_ptr first;
  const auto attempt = [&](const auto& write) {
    try {
      write();
    } catch (const Error&) {
      if (!first) first = std::current_exception();
    }
  };
  attempt([&] { write_tables(record, store); });
  for (const auto& writer : writers) attempt([&] { writer(record); });
  attempt([&] { store::write_durably(record.folder / "manifest.json", to_json(record).dump(1)); });
  return first;
}

std::unique_ptr<Launcher> launcher_of(const RunOptions& options, const store::Store& store, int64_t threads, int lanes) {
  if (options.slurm)
    return std::make_unique<SlurmLauncher>(SlurmSettings{options.program, options.worker, options.name}, store, lanes);
  return std::make_unique<Pool>(WorkerSettings{options.worker, threads}, lanes, options.meeting);
}

}  // namespace

int fitting_workers(int64_t threads) {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  int cores = 1;
  if (::sched_getaffinity(0, sizeof allowed, &allowed) == 0) cores = CPU_COUNT(&allowed);
  return std::max(1, cores / static_cast<int>(std::max<int64_t>(1, threads)));
}

RunRecord execute(plan::Plan& plan, const registry::Catalogue& catalogue, const store::Store& store,
                  const RunOptions& options) {
  const auto start = Clock::now();
  const bool all_cached = plan.count(plan::State::hit) == plan.steps.size();
  if (all_cached) {  // else it is done on the way; a run that was killed at its very end leaves the next one nothing else to do
    store::sweep(store);
    sweep_unfinished(options.runs);
  }
  const fs::path target = fs::absolute(options.runs) / options.name;
  if (all_cached && told_already(target, results_of(plan, options.final_scores)))
    return nothing_done(plan, target, options);

  RunRecord record = start_record(plan, store, options);
  if (all_cached)
    for (size_t index = 0; index < plan.steps.size(); ++index)
      record.nodes.push_back(described(plan, index, cached(plan.steps[index], store)));

  RunFolder folder(options.runs, options.name);
  Journal journal(folder.path(), plan, options.listener);
  Trace trace(plan);
  Curves curves(folder.path() / "tensorboard", plan);
  if (!all_cached) {
    store.prepare();
    store.hold();
    const int workers = options.workers > 0 ? options.workers : options.slurm ? kJobs : fitting_workers(record.threads);
    const auto launcher = launcher_of(options, store, record.threads, workers);
    const double memory = options.slurm ? 0 : options.memory_mib > 0 ? options.memory_mib : available_mib();
    const Interrupt interrupt;
    Progress progress(plan, workers, options.terminal);
    Scheduler scheduler(plan, catalogue, store, *launcher, interrupt, [&](const Happening& happening) {
      journal.note(happening);
      trace.note(happening);
      curves.note(happening);
      progress.note(happening);
    }, options.fail_fast, memory);
    auto ran = scheduler.run();
    for (size_t index = 0; index < ran.size(); ++index)
      record.nodes.push_back(described(plan, index, std::move(ran[index])));
    record.workers = launcher->started();
    record.interrupted = scheduler.interrupted();
    record.requeue = interrupt.requeue();
  }
  record.ended_at = utc_now();
  record.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  note_looks(record, store);

  record.folder = folder.path();
  trace.write(folder.path() / "trace.json");
  curves.add_cached(record, store);
  const std::exception_ptr problem = write_all(record, store, options.writers);
  if (!problem && record.exit_code() == 0)  // else the next run of this name writes the folder again
    store::write_durably(folder.path() / kResultsFile, results_of(plan, options.final_scores));
  folder.publish();
  store::note_run(store, folder.target());
  record.folder = folder.target();
  if (problem) std::rethrow_exception(problem);
  if (options.listener) options.listener(end_line(record));
  return record;
}

}  // namespace bgraph::run
