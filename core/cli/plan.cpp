// bgraph plan GRAPH...: for every node whether it is cached, runs or waits, and why. Runs nothing.
//
//   hit    data       cached
//   run    clusters   parameter k: 64 -> 128
//   after  bit_low    after clusters
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
    Json outputs = Json::object();
    for (const auto& [port, digest] : step.outputs) outputs[port] = digest.hex();
    steps.push_back({{"node", step.name},
                     {"type", step.offer.spec.type},
                     {"state", plan::to_text(step.state)},
                     {"why", step.why},
                     {"key", step.key},
                     {"outputs", outputs},
                     {"expected_s", step.cost_s}});
  }
  return {{"steps", steps},
          {"hit", plan.count(plan::State::hit)},
          {"run", plan.count(plan::State::run)},
          {"after", plan.count(plan::State::after)}};
}

void print(const plan::Plan& plan) {
  size_t width = 0;
  double work_s = 0;
  for (const auto& step : plan.steps) {
    width = std::max(width, step.name.size());
    if (step.state != plan::State::hit) work_s += step.cost_s;
  }
  for (const auto& step : plan.steps)
    fmt::print("{:<6} {:<{}}  {}\n", plan::to_text(step.state), step.name, width, step.why);
  const size_t cached = plan.count(plan::State::hit);
  if (cached == plan.steps.size())
    fmt::print("nothing to do: {} nodes cached\n", cached);
  else
    fmt::print("{} cached, {} to run, {} once those are known; about {} of work\n", cached,
               plan.count(plan::State::run), plan.count(plan::State::after),
               run::duration_text(work_s));
}

}  // namespace

void add_plan(CLI::App& app, Action& action) {
  CLI::App* verb = app.add_subcommand("plan", "Say for every node whether it runs, and why");
  auto options = std::make_shared<PlanningOptions>();
  auto as_json = std::make_shared<bool>(false);
  add_planning_options(*verb, *options);
  verb->add_flag("--json", *as_json, "Print JSON");
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
