#include <bgraph/core/cli/planning.h>

#include <bgraph/core/sweep/expand.h>

#include <utility>

namespace bgraph::cli {

void add_planning_options(Verb& verb, PlanningOptions& options) {
  add_graph_options(verb, options);
  verb.add_option("graphs", options.more, "Further graph files: one plan, shared nodes run once");
  verb.add_option("--seeds", options.seeds, "Repeat every cell with each of these seeds: 0,1,2")
      ->delimiter(',')
      ->check(Check::non_negative)
      ->allow_extra_args(false);
  verb.add_option("--baseline", options.baseline, "The cell that others are compared with; default: the first");
  verb.add_option("--only", options.plan.demand.only, "Only this node and what it needs; may be given again")
      ->allow_extra_args(false);
  verb.add_flag("--final", options.plan.demand.final_scores,
                "Also the nodes that look at test data ([graph] final_targets)");
  verb.add_option("--device", options.plan.device, "cpu, cuda or cuda:N, where a node does not say")
      ->capture_default_str();
  verb.add_option("--precision", options.plan.precision, "Floating-point type, where a node does not say")
      ->capture_default_str();
  verb.add_flag("--paranoid", options.paranoid, "Hash every cached value again before trusting it");
}

Planned make_plan(const PlanningOptions& options) {
  Planned planned;
  planned.plugins = load_plugins(options);
  planned.store = std::make_unique<store::Store>(options.store, options.paranoid ? store::Trust::none
                                                                                  : store::Trust::sampled);
  const auto load = [&](const std::filesystem::path& file) {
    graph::Checked checked = load_file(file, options, planned.plugins);
    checked.require_right();
    planned.files.emplace_back(file.stem().string(), std::move(checked));
    return planned.files.back().second.graph;
  };
  std::vector<std::filesystem::path> files = {options.file};
  files.insert(files.end(), options.more.begin(), options.more.end());
  std::vector<plan::NamedGraph> cells;
  for (const auto& file : files) {
    graph::Graph graph = load(file);
    if (!options.seeds.empty())
      std::erase_if(graph.sweep, [](const graph::Axis& axis) { return axis.names.front() == graph::kSeedsAxis; });
    for (auto& cell : sweep::expand(std::move(graph), file.stem().string(), load)) cells.push_back(std::move(cell));
  }
  if (!options.seeds.empty()) cells = sweep::repeat(cells, options.seeds);
  sweep::arrange(cells, options.baseline);
  planned.store->hold();
  const store::Look look = planned.store->look();  // what is planned with is named before a collection can decide
  planned.plan = plan::make(std::move(cells), planned.plugins.catalogue, *planned.store, options.plan);
  return planned;
}

}  // namespace bgraph::cli
