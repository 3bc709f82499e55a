#include "run_fixture.h"

#include <bgraph/core/store/durable.h>
#include <bgraph/sdk/contract/error.h>

#include <sstream>

namespace bgraph::run {

registry::Catalogue fake_catalogue(const std::string& output_type) {
  Manifest manifest{.plugin = "test", .version = "1"};
  for (const char* type : {"test.make", "test.join", "test.first", "test.map", "test.draw"}) {
    NodeSpec spec{.type = type};
    spec.outputs = {{.name = "out", .type = output_type}};
    spec.params = {{.name = "text", .kind = ParamKind::text, .fallback = ""},
                   {.name = "act", .kind = ParamKind::text, .fallback = "write"},
                   {.name = "trap", .kind = ParamKind::integer, .fallback = -1, .operational = true}};
    if (spec.type == "test.join" || spec.type == "test.first" || spec.type == "test.map")
      spec.inputs = {{.name = "in", .type = "Text", .list = true}};
    if (spec.type == "test.map") spec.inputs[0].each = true, spec.map_chunk = 3;
    spec.draws = spec.type == "test.draw";
    manifest.nodes.push_back(spec);
  }
  registry::Catalogue catalogue;
  catalogue.add(manifest, "test.so", "b1");
  return catalogue;
}

graph::Node node(const std::string& name, const std::string& type, const Json& params,
                 const std::vector<std::string>& reads) {
  graph::Node node{.name = name, .type = type};
  for (const auto& [key, value] : params.items()) node.params[key].value = value;
  for (const auto& source : reads) node.inputs["in"].push_back({source, "out", {}});
  return node;
}

graph::Graph graph_of(std::vector<graph::Node> nodes) {
  graph::Graph graph{.file = "test.toml", .nodes = std::move(nodes)};
  graph.settings.title = "test";
  return graph;
}

World::World() {
  store.prepare();
  options.name = "run";
  options.runs = scratch.path / "runs";
  options.workers = 2;
  options.worker = FAKE_WORKER;
}

plan::Plan World::plan(const graph::Graph& graph) const {
  return plan::make({{"", graph}}, catalogue, store, plan_options);
}

RunRecord World::run(plan::Plan& plan) const { return execute(plan, catalogue, store, options); }

RunRecord World::run(const graph::Graph& graph) const {
  plan::Plan plan = this->plan(graph);
  return run(plan);
}

std::string World::text(const Digest& digest) const {
  return store::read_text(store.value_folder(digest) / "text.txt");
}

int World::told(const std::string& what) const {
  std::istringstream lines(store::read_text(options.runs / options.name / "journal.jsonl"));
  int count = 0;
  for (std::string line; std::getline(lines, line);)
    if (Json::parse(line).at("what") == what) ++count;
  return count;
}

const NodeRecord& named(const RunRecord& record, const std::string& name) {
  for (const auto& node : record.nodes)
    if (node.name == name) return node;
  throw Error("no node '" + name + "' in the record");
}

}  // namespace bgraph::run
