// bgraph plan GRAPH...: for every node whether it is cached, runs or waits, and why. Runs nothing.
//
//   hit      data                         cached
//   run      clusters  1.2 s, 310 MiB     parameter k: 64 -> 128
//   run      tokens    9.1 s, 840 MiB     input `images` changed (... -> ...) [foretold by a run on 9.9 MiB of inputs, now 20]
//   blocked  bit_low   3 min 20 s, -      after clusters
//
// Time and memory are those of an earlier run of the type; where the size of the inputs is another, what earlier runs say of
// this one (core/plan/forecast.h), and from which stands behind. Memory a node declares goes before that.
#include <bgraph/core/cli/planning.h>
#include <bgraph/core/cli/verbs.h>
#include <bgraph/core/run/stamp.h>

#include <fmt/format.h>

#include <algorithm>
#include <memory>

namespace bgraph::cli {

namespace {

Json to_json(const plan::Plan& plan) {
  Json steps = Json::array();
  for (const auto& step : plan.steps) {
    Json outputs = Json::object(), changes = Json::array();
    for (const auto& [port, digest] : step.outputs) outputs[port] = digest.hex();
    for (const auto& change : step.changes)
      changes.push_back({{"field", change.field}, {"before", change.before}, {"now", change.now}});
    const bool known = step.foretold && step.state != plan::State::hit;
    steps.push_back({{"node", step.name},
                     {"type", step.offer->spec.type},
                     {"state", plan::to_text(step.state)},
                     {"why", step.why},
                     {"changes", changes},
                     {"key", step.key},
                     {"outputs", outputs},
                     {"expected_s", known ? Json(step.cost_s) : Json()},
                     {"expected_mib", step.peak_mib > 0 ? Json(step.peak_mib) : Json()},
                     {"expected_by", known && !step.foretold_by.empty() ? Json(step.foretold_by) : Json()}});
  }
  return {{"steps", steps},
          {"hit", plan.count(plan::State::hit)},
          {"run", plan.count(plan::State::run)},
          {"blocked", plan.count(plan::State::after)}};
}

/// "12 s, 310 MiB", with a dash for what no earlier run tells.
std::string forecast(const plan::Step& step) {
  if (step.state == plan::State::hit) return "";
  const std::string time = step.foretold ? run::duration_text(step.cost_s) : "-";
  return time + ", " + (step.peak_mib > 0 ? fmt::format("{:.0f} MiB", step.peak_mib) : "-");
}

void print(const plan::Plan& plan) {
  size_t width = 0, unknown = 0;
  double work_s = 0, peak_mib = 0;
  for (const auto& step : plan.steps) {
    width = std::max(width, step.name.size());
    if (step.state == plan::State::hit) continue;
    peak_mib = std::max(peak_mib, step.peak_mib);
    if (step.foretold) work_s += step.cost_s;
    else ++unknown;
  }
  for (const auto& step : plan.steps)
    fmt::print("{:<8} {:<{}}  {:<18}  {}{}\n", plan::to_text(step.state), step.name, width, forecast(step), step.why,
               step.foretold_by.empty() ? "" : " [foretold by " + step.foretold_by + "]");
  const size_t cached = plan.count(plan::State::hit);
  if (cached == plan.steps.size()) return fmt::print("nothing to do: {} nodes cached\n", cached);
  fmt::print("{} cached, {} to run, {} once those are known; about {} of work", cached, plan.count(plan::State::run),
             plan.count(plan::State::after), run::duration_text(work_s));
  if (unknown > 0) fmt::print(" and {} nodes that never ran", unknown);
  if (peak_mib > 0) fmt::print("; largest node {:.0f} MiB", peak_mib);
  fmt::print("\n");
}

}  // namespace

void add_plan(Verb& app, Action& action) {
  Verb* verb = app.add_subcommand("plan", "Say for every node whether it runs, and why");
  auto options = std::make_shared<PlanningOptions>();
  auto as_json = std::make_shared<bool>(false);
  add_planning_options(*verb, *options);
  verb->add_flag("--json", *as_json, "Print JSON");
  verb->footer("Examples:\n  bgraph plan graphs/full.toml\n  bgraph plan graphs/full.toml --set clusters.k=64 --json\n");
  verb->callback([options, as_json, &action] {
    action = [options, as_json] {
      const Planned planned = make_plan(*options);
      if (*as_json)
        fmt::print("{}\n", to_json(planned.plan).dump(1));
      else
        print(planned.plan);
      return kSuccess;
    };
  });
}

}  // namespace bgraph::cli
