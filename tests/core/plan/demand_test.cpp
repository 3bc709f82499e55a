#include <bgraph/core/plan/demand.h>
#include <bgraph/sdk/testing/catch.h>

#include <set>

using namespace bgraph;
using Demand = bgraph::plan::Demand;
using Catch::Matchers::ContainsSubstring;
using Names = std::set<std::string>;

namespace {

/// data -> train -> validation;  data + test_images -> test -> figure;  lonely
graph::Graph example() {
  graph::Graph graph{.file = "g.toml"};
  const auto add = [&](const std::string& name, const std::vector<std::string>& reads) {
    graph::Node node{.name = name, .type = "t"};
    for (const auto& source : reads) node.inputs["in"].push_back({source, "out", {}});
    graph.nodes.push_back(node);
  };
  add("data", {});
  add("train", {"data"});
  add("validation", {"train"});
  add("test_images", {});
  add("test", {"train", "test_images"});
  add("figure", {"test"});
  add("lonely", {});
  return graph;
}

Names demanded(const graph::Graph& graph, const Demand& demand) {
  const auto wanted = plan::demanded(graph, graph::arrows_of(graph), demand);
  Names names;
  for (size_t node = 0; node < wanted.size(); ++node)
    if (wanted[node]) names.insert(graph.nodes[node].name);
  return names;
}

}  // namespace

TEST_CASE("without targets every node is wanted", "[plan][demand]") {
  REQUIRE(demanded(example(), {}) ==
          Names{"data", "train", "validation", "test_images", "test", "figure", "lonely"});
}

TEST_CASE("targets bring what they need and nothing else", "[plan][demand]") {
  auto graph = example();
  graph.settings.targets = {"validation"};
  REQUIRE(demanded(graph, {}) == Names{"data", "train", "validation"});
  REQUIRE(demanded(graph, {.only = {"test"}}) == Names{"data", "train", "test_images", "test"});
}

TEST_CASE("final targets, what needs them and what only they need wait for --final", "[plan][demand]") {
  auto graph = example();
  graph.settings.final_targets = {"test"};
  REQUIRE(demanded(graph, {}) == Names{"data", "train", "validation", "lonely"});
  REQUIRE(demanded(graph, {.final_scores = true}).size() == 7);
  graph.settings.targets = {"validation", "test"};
  REQUIRE(demanded(graph, {}) == Names{"data", "train", "validation"});
  REQUIRE(demanded(graph, {.final_scores = true}) == Names{"data", "train", "validation", "test_images", "test"});
}

TEST_CASE("asking for a final target by name without --final is refused", "[plan][demand]") {
  auto graph = example();
  graph.settings.final_targets = {"test"};
  REQUIRE_THROWS_WITH(demanded(graph, {.only = {"figure"}}), ContainsSubstring("looks at test data"));
  REQUIRE_THROWS_WITH(demanded(graph, {.only = {"figura"}}), ContainsSubstring("no such node"));
}
