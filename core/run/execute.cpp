#include <bgraph/core/run/execute.h>

#include <bgraph/core/run/journal.h>
#include <bgraph/core/run/looks.h>
#include <bgraph/core/run/pool.h>
#include <bgraph/core/run/progress.h>
#include <bgraph/core/run/run_folder.h>
#include <bgraph/core/run/scheduler.h>
#include <bgraph/core/run/stamp.h>
#include <bgraph/core/run/tables.h>
#include <bgraph/core/store/durable.h>
#include <bgraph/sdk/contract/error.h>
#include <bgraph/sdk/contract/version.h>
#include <sched.h>

#include <algorithm>
#include <exception>

namespace bgraph::run {

namespace fs = std::filesystem;

namespace {

/// What the plan knows of a step, added to what its run has left in `node`.
NodeRecord described(const plan::Plan& plan, size_t index, NodeRecord node) {
  const plan::Step& step = plan.steps[index];
  node.name = step.name;
  node.node = step.node;
  node.type = step.offer.spec.type;
  node.summary = step.offer.spec.summary;
  node.plugin = step.offer.plugin;
  node.build_id = step.offer.build_id;
  node.params = step.params;
  node.key = step.key;
  node.why = step.why;
  node.outputs = step.outputs;
  if (node.outputs.count(kCurvesPort) > 0) node.output_types[kCurvesPort] = "Table";
  for (const auto& port : step.offer.spec.outputs) node.output_types[port.name] = port.type;
  for (const auto& [port, sources] : step.sources)
    for (const auto& source : sources)
      node.inputs[port].push_back(plan.steps[source.step].name + "." + source.port);
  return node;
}

NodeRecord cached(const plan::Step& step) {
  NodeRecord node{.outcome = Outcome::hit};
  add_cost(node, *step.record);
  return node;
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

std::map<std::string, std::string> results_in(const Json& manifest) {
  std::map<std::string, std::string> keys;
  for (const auto& node : manifest.value("nodes", Json::array()))
    keys[node.value("name", "")] = node.value("outcome", "") == "failed" ? "" : node.value("key", "");
  return keys;
}

/// True if runs/<name> already tells of exactly these results.
bool told_already(const fs::path& folder, const RunRecord& record) {
  if (!fs::exists(folder / "manifest.json")) return false;
  const Json manifest = Json::parse(store::read_text(folder / "manifest.json"), nullptr, false);
  if (!manifest.is_object()) return false;
  const Json now = to_json(record);
  return manifest.value("whole", false) && manifest.value("final", false) == record.final_scores &&
         manifest.value("cells", Json()) == now["cells"] &&
         results_in(manifest) == results_in(now);
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
  attempt([&] {
    Json manifest = to_json(record);
    manifest["whole"] = first == nullptr;  // else the next run of this name writes the folder again
    store::write_durably(record.folder / "manifest.json", manifest.dump(1));
  });
  return first;
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
  RunRecord record = start_record(plan, store, options);
  const auto start = Clock::now();
  const bool all_cached = plan.count(plan::State::hit) == plan.steps.size();
  if (all_cached) {
    for (size_t index = 0; index < plan.steps.size(); ++index)
      record.nodes.push_back(described(plan, index, cached(plan.steps[index])));
    record.folder = fs::absolute(options.runs) / options.name;
    if (told_already(record.folder, record)) return record;
  }

  RunFolder folder(options.runs, options.name);
  Journal journal(folder.path(), plan);
  if (!all_cached) {
    store.prepare();
    const int workers = options.workers > 0 ? options.workers : fitting_workers(record.threads);
    Pool pool({options.worker, record.threads}, workers);
    const Interrupt interrupt;
    Progress progress(plan, workers, options.terminal);
    Scheduler scheduler(plan, catalogue, store, pool, interrupt, [&](const Happening& happening) {
      journal.note(happening);
      progress.note(happening);
    }, options.fail_fast);
    auto ran = scheduler.run();
    for (size_t index = 0; index < ran.size(); ++index)
      record.nodes.push_back(described(plan, index, std::move(ran[index])));
    record.workers = pool.started();
    record.interrupted = scheduler.interrupted();
  }
  record.ended_at = utc_now();
  record.seconds = std::chrono::duration<double>(Clock::now() - start).count();
  note_looks(record, store);

  record.folder = folder.path();
  journal.finish();
  const std::exception_ptr problem = write_all(record, store, options.writers);
  folder.publish();
  record.folder = folder.target();
  if (problem) std::rethrow_exception(problem);
  return record;
}

}  // namespace bgraph::run
