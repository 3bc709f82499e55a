#include <bgraph/core/run/audit.h>

#include <bgraph/core/run/interrupt.h>
#include <bgraph/core/run/pool.h>
#include <bgraph/core/run/scheduler.h>
#include <bgraph/core/store/value_difference.h>
#include <bgraph/sdk/contract/error.h>

#include <numeric>

namespace bgraph::run {

namespace fs = std::filesystem;

namespace {

/// The plan twice: every step as a hit with its known outputs, then these steps again as work that reads those.
plan::Plan again(const plan::Plan& plan, const std::vector<size_t>& steps) {
  plan::Plan twice;
  twice.steps = plan.steps;
  for (auto& step : twice.steps) {
    step.state = plan::State::hit;
    step.sources.clear();
  }
  for (const size_t index : steps) {
    plan::Step copy = plan.steps[index];  // its sources name the hits, which come first
    copy.state = plan::State::run;
    copy.why = "audit";
    copy.outputs.clear();
    twice.steps.push_back(std::move(copy));
  }
  return twice;
}

/// A store that lends every value of another and keeps what is written to itself. Folders are its own, so that a value
/// made again meets one that is there; files are links.
void lend_values(const store::Store& from, const store::Store& to) {
  to.prepare();
  for (const auto& digest : from.values()) {
    const fs::path lent = to.value_folder(digest);
    fs::create_directories(lent);
    for (const auto& entry : fs::directory_iterator(from.value_folder(digest)))
      fs::create_symlink(fs::absolute(entry.path()), lent / entry.path().filename());
  }
}

/// Marks what differs from the reference. Returns true if all outputs are the same.
bool same_outputs(const plan::Step& reference, const plan::Step& rerun, const store::Store& store,
                  const store::Store& scratch, Verdict& verdict) {
  for (const auto& [port, digest] : reference.outputs) {
    const auto found = rerun.outputs.find(port);
    if (found != rerun.outputs.end() && found->second == digest) continue;
    if (verdict.differences.empty() && found != rerun.outputs.end())
      for (const auto& line : store::value_differences(store, digest, scratch, found->second))
        verdict.differences.push_back(port + ": " + line);
    return false;
  }
  return true;
}

}  // namespace

std::vector<size_t> all_steps(const plan::Plan& plan) {
  std::vector<size_t> steps(plan.steps.size());
  std::iota(steps.begin(), steps.end(), size_t{0});
  return steps;
}

std::vector<Verdict> audit(const plan::Plan& plan, const std::vector<size_t>& steps, const registry::Catalogue& catalogue,
                           const store::Store& store, const RunOptions& options, const std::vector<int64_t>& threads) {
  std::vector<Verdict> verdicts;
  for (const auto& step : plan.steps)
    if (step.outputs.empty()) throw Error("'" + step.name + "' has no outputs to compare with", "run the graph first");
  for (const size_t index : steps)
    verdicts.push_back({.node = plan.steps[index].name, .type = plan.steps[index].offer->spec.type});
  for (const int64_t count : threads) {
    const store::TemporaryFolder folder(store.temporary_root(), "audit");
    const store::Store scratch(folder.path() / "store");
    lend_values(store, scratch);
    plan::Plan work = again(plan, steps);
    Pool pool({options.worker, count}, options.workers > 0 ? options.workers : fitting_workers(count));
    const Interrupt interrupt;
    Scheduler scheduler(work, catalogue, scratch, pool, interrupt, [](const Happening&) {});
    const auto records = scheduler.run();
    if (scheduler.interrupted()) throw Error("the audit was interrupted", "run the same command again");
    for (size_t i = 0; i < steps.size(); ++i) {
      const size_t copy = plan.steps.size() + i;
      Verdict& verdict = verdicts[i];
      if (records[copy].outcome != Outcome::ran) {
        verdict.error = records[copy].error.empty() ? "it did not run" : records[copy].error;
        continue;
      }
      const bool same = same_outputs(plan.steps[steps[i]], work.steps[copy], store, scratch, verdict);
      (count == threads.front() ? verdict.repeats : verdict.any_threads) &= same;
    }
  }
  return verdicts;
}

}  // namespace bgraph::run
