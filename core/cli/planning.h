// What `plan`, `run` and `sweep` have in common: from the command line to a plan.
#pragma once

#include <bgraph/core/cli/options.h>
#include <bgraph/core/cli/verb.h>
#include <bgraph/core/plan/plan.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace bgraph::cli {

struct PlanningOptions : GraphOptions {
  std::vector<std::filesystem::path> more;  // further graphs, merged into one plan
  std::vector<int64_t> seeds;               // every cell once per seed
  std::string baseline;                     // the setting others are compared with; "" = as the graph says
  plan::Options plan;
  bool paranoid = false;
};

void add_planning_options(Verb& verb, PlanningOptions& options);

struct Planned {
  registry::Found plugins;
  std::unique_ptr<store::Store> store;
  std::vector<std::pair<std::string, graph::Checked>> files;  // cell name or stem -> what was read
  plan::Plan plan;
};

/// Reads and checks every graph (WrongGraph with all problems of the first wrong one), expands sweeps,
/// and plans the cells together.
Planned make_plan(const PlanningOptions& options);

}  // namespace bgraph::cli
