// A small world for runs: node types of the fake worker, graphs made in a line, a store and a runs folder
// of their own.
#pragma once

#include "../scratch.h"

#include <bgraph/core/run/execute.h>

#include <filesystem>
#include <string>
#include <vector>

namespace bgraph::run {

/// test.make (no input), test.join (list port `in`), test.first (port `in`), test.map (port `in`, 3 rows per
/// chunk), test.draw (draws). All have one output `out`, parameters text, act, and `trap` (operational).
registry::Catalogue fake_catalogue(const std::string& output_type = "Text");

/// A node with parameters and what its port `in` reads.
graph::Node node(const std::string& name, const std::string& type, const Json& params = Json::object(),
                 const std::vector<std::string>& reads = {});

graph::Graph graph_of(std::vector<graph::Node> nodes);

struct World {
  Scratch scratch;
  store::Store store{scratch.path / "store"};
  registry::Catalogue catalogue = fake_catalogue();
  RunOptions options;
  plan::Options plan_options;
  World();

  plan::Plan plan(const graph::Graph& graph) const;
  RunRecord run(const graph::Graph& graph) const;
  RunRecord run(plan::Plan& plan) const;
  std::string text(const Digest& digest) const;  // of a Text value
  /// How many lines of runs/<name>/journal.jsonl tell this.
  int told(const std::string& what) const;
};

const NodeRecord& named(const RunRecord& record, const std::string& name);

}  // namespace bgraph::run
